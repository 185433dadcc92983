// Which of the code is the graph's: the body that runs, with the calls that the graph knows.
#ifndef WEIR_REFUTE_AGREEMENT_H
#define WEIR_REFUTE_AGREEMENT_H

#include "solver/Reachability.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/IR/Function.h"

namespace weir {

class Agreement {
public:
  /// Ways are towards the functions that are looked for.
  Agreement(const Program &P, const CallGraph &G, llvm::ArrayRef<ToTarget> Ways);

  /// Whether the body that a unit has of a function is the one that runs, and its only one. A weak
  /// one may give way to what has no facts.
  bool isTheBody(uint32_t Unit, uint32_t Function) const;

  /// Whether the code has all that the graph knows of its function: the calls that lead to what is
  /// looked for, and no other way to get there.
  bool agrees(const llvm::Function &F, NodeId N) const;

  const Program &P;
  const CallGraph &G;

private:
  bool leadsToTarget(NodeId N) const;
  bool isOfCompiler(FactId Call) const;

  llvm::ArrayRef<ToTarget> Ways;
  /// By node: how many bodies the program has of it, where not all are the same by the rules of
  /// C++.
  llvm::DenseMap<NodeId, unsigned> Definitions;
  /// Functions in whose place another may run: wrapped by the linker, or folded with it.
  llvm::DenseSet<NodeId> Replaced;
};

} // namespace weir

#endif
