// Turns what is reachable into findings.
#ifndef WEIR_SOLVER_FINDINGS_H
#define WEIR_SOLVER_FINDINGS_H

#include "output/Finding.h"
#include "output/Rules.h"
#include "solver/BannedPaths.h"

namespace weir {

/// All findings. Of banned functions: one path per root that the policy names and banned function;
/// of the roots that are there because of "*", only the outermost ones. Of what is not known: one
/// path each, from the nearest root. With EveryCaller, one path more for each function that calls a
/// banned one.
Report findViolations(const Program &P, const CallGraph &G, Policy &Rules,
                      PathChoice Choice = PathChoice::Nearest);

} // namespace weir

#endif
