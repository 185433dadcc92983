// Which functions a call through a pointer may reach.
//
// Sites that may reach the same functions share one target class, a node between the sites and the
// functions: sites x targets edges never exist. Classes may contain classes, also in circles: a
// pointer that is cast brings the functions of the one type to the other.
#ifndef WEIR_SOLVER_INDIRECTCALLS_H
#define WEIR_SOLVER_INDIRECTCALLS_H

#include "solver/Program.h"

namespace weir {

/// Number of a TargetClass.
using ClassId = uint32_t;

/// How well a class is known: the better, the cheaper a path through it.
enum class ClassKind : uint8_t {
  Typed,           ///< functions of exactly the site's type
  Cast,            ///< what comes through one cast of pointers
  Unprototyped,    ///< functions that agree with the site's type but for the parameters
  UnknownSite,     ///< the site's type is not known: every function whose address is taken
  UnknownFunction, ///< functions whose type is not known, which any site may reach
  Assembly,        ///< inline assembly: nothing is known
};

struct TargetMember {
  NodeId Function;
  FactId Address; ///< a place where its address is taken
};

struct TargetClass {
  ClassKind Kind = ClassKind::Typed;
  llvm::StringRef Type; ///< as the facts spell it; empty when there is none
  std::vector<TargetMember> Members;
  std::vector<ClassId> Includes;
  FactId Cast = None; ///< of a class of kind Cast: one place of it
};

struct IndirectCalls {
  std::vector<TargetClass> Classes;
  std::vector<ClassId> ClassOf; ///< by site fact

  /// A class and those it includes, directly or not, each once.
  std::vector<ClassId> closure(ClassId Class) const;
  /// The functions of a class and of those it includes, sorted and each once.
  std::vector<NodeId> targets(ClassId Class) const;
  /// By class, whether it or one that it includes has any function; linear.
  llvm::BitVector withTarget() const;
};

/// Of the policy, only [[holds]] is asked and marked.
IndirectCalls resolveIndirectCalls(const Program &P, Policy &Rules);

} // namespace weir

#endif
