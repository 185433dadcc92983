// What the variables hold that calls go through: fields of records, and objects with static
// storage.
//
// Facts tell what is stored in a variable by its name. They cannot tell what is stored there by
// other ways, as bytes, under another type or by code without source; so a policy says of which
// variables they tell all. Of those, none is believed that escapes or is given what is not known.
#ifndef WEIR_SOLVER_CONTENTS_H
#define WEIR_SOLVER_CONTENTS_H

#include "solver/Program.h"

#include <optional>

namespace weir {

class Contents {
public:
  Contents(const Program &P, Policy &Rules);

  /// The functions that a site's pointer may be, ascending and each once; nothing when not all of
  /// them are known, or there is none. Linear in the variables that were given each other.
  std::optional<std::vector<NodeId>> of(FactId Site) const;
  /// Marks the policy's entries that a site's answer hangs on.
  void use(FactId Site);

private:
  using VariableId = uint32_t;

  struct Variable {
    llvm::StringRef Name;
    std::vector<NodeId> Functions;
    std::vector<VariableId> From;
    bool Unknown = false; ///< not believed, or given what is not known
  };

  VariableId number(llvm::StringRef Name);
  void read(uint32_t Unit);
  /// A site's sources and all that were given to them, each once.
  std::vector<VariableId> reached(FactId Site) const;

  const Program &P;
  Policy &Rules;
  llvm::DenseMap<llvm::CachedHashStringRef, VariableId> Numbers;
  std::vector<Variable> Variables;
  llvm::DenseMap<FactId, std::vector<VariableId>> Sources; ///< by site
};

} // namespace weir

#endif
