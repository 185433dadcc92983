// A path in words: one remark per hop.
#ifndef WEIR_SOLVER_PATHNOTES_H
#define WEIR_SOLVER_PATHNOTES_H

#include "output/Finding.h"
#include "solver/Reachability.h"

namespace weir {

class PathNotes {
public:
  PathNotes(const Program &P, const CallGraph &G) : P(P), G(G) {}

  /// The hops of a path. One from a function to a function is a remark; so is the last step, when
  /// it ends in a class.
  std::vector<Remark> hops(const Path &Steps) const;

  /// Where a function is defined or declared: its place, else its unit, else nothing.
  Place placeOf(NodeId Function) const;
  /// The symbol name; a local function's is `file:name`, by the unit's source file.
  std::string symbolOf(NodeId Function) const;
  /// 'name'
  std::string quoted(NodeId Function) const;
  std::string quoted(llvm::StringRef Symbol) const;
  /// `calls through a pointer of type 'T'`, of the step from a function to a class.
  std::string siteText(const Step &S) const;

private:
  Place placeIn(uint32_t Unit, const facts::Location &Loc) const;
  Place placeOf(const Step &S) const;
  std::string castText(const TargetClass &Through) const;
  std::string addressText(const Edge &E) const;
  std::string directText(const Step &S) const;

  const Program &P;
  const CallGraph &G;
};

} // namespace weir

#endif
