// The rules that findings are made under: the one list of their slugs and what they mean.
#ifndef WEIR_OUTPUT_RULES_H
#define WEIR_OUTPUT_RULES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace weir {

inline constexpr const char RuleBannedCall[] = "weir-banned-call";
inline constexpr const char RuleEdge[] = "weir-edge";
inline constexpr const char RuleExpiredPolicy[] = "weir-expired-policy";
inline constexpr const char RuleIncompleteUnit[] = "weir-incomplete-unit";
inline constexpr const char RuleLateInit[] = "weir-late-init";
inline constexpr const char RulePath[] = "weir-path";
inline constexpr const char RuleStaleBaseline[] = "weir-stale-baseline";
inline constexpr const char RuleUnprovenCall[] = "weir-unproven-call";
inline constexpr const char RuleUnprovenPath[] = "weir-unproven-path";
inline constexpr const char RuleUnprovenRoot[] = "weir-unproven-root";
inline constexpr const char RuleUnresolvedIndirect[] = "weir-unresolved-indirect";
inline constexpr const char RuleUnusedPolicy[] = "weir-unused-policy";

struct RuleText {
  llvm::StringRef Slug;
  llvm::StringRef Short; ///< when a finding is made
  llvm::StringRef Help;  ///< what to do about one
};

/// All rules, sorted by slug.
llvm::ArrayRef<RuleText> ruleTexts();

} // namespace weir

#endif
