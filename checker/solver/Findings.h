// Turns what is reachable into findings.
#ifndef WEIR_SOLVER_FINDINGS_H
#define WEIR_SOLVER_FINDINGS_H

#include "output/Finding.h"
#include "output/Rules.h"
#include "solver/BannedPaths.h"

namespace weir {

/// All findings: of each path to a banned function, and of what is not known one path each, from
/// the nearest root.
Report findViolations(const Program &P, const CallGraph &G, Policy &Rules, const FromRoots &Reached,
                      llvm::ArrayRef<Witness> BannedPaths);

} // namespace weir

#endif
