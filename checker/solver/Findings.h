// Turns what is reachable into findings.
#ifndef WEIR_SOLVER_FINDINGS_H
#define WEIR_SOLVER_FINDINGS_H

#include "output/Finding.h"
#include "solver/Reachability.h"

namespace weir {

inline constexpr const char RuleBannedCall[] = "weir-banned-call";
inline constexpr const char RuleUnprovenCall[] = "weir-unproven-call";
inline constexpr const char RuleUnprovenRoot[] = "weir-unproven-root";
inline constexpr const char RuleUnresolvedIndirect[] = "weir-unresolved-indirect";
inline constexpr const char RuleUnusedPolicy[] = "weir-unused-policy";

enum class Verdict { Clean, Violation, Unproven };

struct Report {
  std::vector<Finding> Findings; ///< sorted
  Verdict Result = Verdict::Clean;
};

/// All findings. Of banned functions: one path per root that the policy names and banned function;
/// of the roots that are there because of "*", only the outermost ones. Of what is not known: one
/// path each, from the nearest root.
Report findViolations(const Program &P, const CallGraph &G, Policy &Rules);

} // namespace weir

#endif
