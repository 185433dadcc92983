// Virtual calls, of which more is known than their type: the method that the source names.
#ifndef WEIR_SOLVER_VIRTUALCALLS_H
#define WEIR_SOLVER_VIRTUALCALLS_H

#include "solver/AddressTaken.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

#include <map>
#include <optional>
#include <set>

namespace weir {

/// What a call names: the numbers of its methods, sorted and each once.
using MethodSet = std::vector<uint32_t>;

class VirtualCalls {
public:
  VirtualCalls(const Program &P, const AddressTaken &Taken);

  /// The methods that a site names, or nothing where its type is all that is known: where no class
  /// hierarchy was recorded for part of the program, and for destructors, whose forms are several.
  const MethodSet *methodsOf(FactId Site) const;

  /// The functions that a call of these methods may reach: those that a virtual table of a class
  /// that the program makes objects of holds, under the name of a method or of what overrides it.
  /// And those of Type (None for any) in such a table of which nobody recorded what they override.
  std::vector<TargetMember> targets(const MethodSet &Methods, TypeId Type) const;

private:
  void read(uint32_t U);
  void readTables(uint32_t U);
  uint32_t number(llvm::StringRef Name) {
    return Numbers.try_emplace(Name, static_cast<uint32_t>(Numbers.size())).first->second;
  }

  const Program &P;
  const AddressTaken &Taken;
  bool Usable;
  llvm::DenseMap<NodeId, FactId> AddressOf;
  llvm::StringMap<uint32_t> Numbers;     ///< of methods, by symbol name
  std::map<FactId, MethodSet> MethodsOf; ///< by site
  std::set<FactId> Destroying;           ///< sites that may call a destructor
  std::map<uint32_t, MethodSet> OverriddenBy;
  std::set<uint32_t> Placed; ///< methods of which it is known what they override
  llvm::StringSet<> Made;    ///< virtual tables
  std::map<uint32_t, std::vector<NodeId>> HeldAs; ///< by method
  std::vector<NodeId> Unplaced; ///< functions held as a method that is not in Placed
};

} // namespace weir

#endif
