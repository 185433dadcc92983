#include "output/Rules.h"

namespace weir {

static constexpr RuleText Texts[] = {
    {RuleBannedCall, "A root reaches a banned function.",
     "Remove a call of the path, or allow its last one in the policy, with a reason."},
    {RuleEdge, "One function may call another; an answer to `weir-check explain`.", "Nothing."},
    {RuleExpiredPolicy, "An entry of the policy holds no more: its last day is over.",
     "Remove the call, or decide anew and give the entry another day."},
    {RuleIncompleteUnit, "A unit's object has or calls a function of which its facts know nothing.",
     "Build it again, or give the checker's clang what the build's compiler is given."},
    {RuleLateInit, "A root that does not run init code reaches it: it would run after init.",
     "Remove the call, or name the root in [init] callers."},
    {RulePath, "One function reaches another; an answer to `weir-check paths`.", "Nothing."},
    {RuleStaleBaseline, "An entry of the baseline is found no more.",
     "Take it out: weir-check --baseline FILE --update-baseline does."},
    {RuleUnprovenCall, "A root reaches a function of which no facts are known.",
     "Compile what defines the function with the plugin, or summarize its library."},
    {RuleUnprovenPath,
     "A root may reach a banned function, but by no path without a pointer of unknown type or "
     "something that has no facts.",
     "Give the pointer a type, remove the call, or allow it in the policy, with a reason."},
    {RuleUnprovenRoot, "Execution may start in a function without facts.",
     "Compile what defines the function with the plugin, summarize its library, or name the "
     "roots."},
    {RuleUnresolvedIndirect,
     "A root reaches a call through a pointer, or inline assembly, without a known target.",
     "Give all parts of the program, among them the one that takes the function's address."},
    {RuleUnusedPolicy, "An entry of the policy matches nothing in the program.",
     "Remove the entry, or correct the name."},
};

llvm::ArrayRef<RuleText> ruleTexts() { return Texts; }

} // namespace weir
