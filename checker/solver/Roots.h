// Where execution starts, as the policy says.
#ifndef WEIR_SOLVER_ROOTS_H
#define WEIR_SOLVER_ROOTS_H

#include "policy/Policy.h"
#include "solver/Program.h"

namespace weir {

class CallGraph;

struct Root {
  NodeId Node;
  RootKind Kind;
};

struct Roots {
  std::vector<Root> All; ///< ascending by node; none of them is cut
  /// Main is among them by name: constructors run before it and destructors after it, and are too.
  bool StartInMain = false;
};

/// The roots of a program, less what is cut from its graph; marks in the policy what was of use.
Roots selectRoots(const Program &P, const llvm::BitVector &IsCut, Policy &Rules);

/// Takes away the roots that are part of init: code that only init code calls does not start
/// anything by itself. It does where the policy names it, where something other than a call may
/// enter it, or where anything that is not below init code reaches it. BelowInit is what init code
/// calls.
void dropRootsBelowInit(const Program &P, const CallGraph &G, std::vector<NodeId> BelowInit,
                        std::vector<Root> &Of);

} // namespace weir

#endif
