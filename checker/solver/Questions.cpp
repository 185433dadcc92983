#include "solver/Questions.h"
#include "output/Rules.h"
#include "policy/NameList.h"
#include "solver/Names.h"
#include "solver/PathNotes.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace weir {
namespace {

/// `ns::f` of `ns::f(int, char*) const`: the name up to its parameters.
StringRef withoutParameters(StringRef Readable) {
  return Readable.ends_with(")") || Readable.ends_with("const")
             ? Readable.take_front(Readable.find('('))
             : Readable;
}

bool isMeant(const Program &P, NodeId N, StringRef Text) {
  StringRef Name = P.Nodes[N].Name;
  if (Name == Text)
    return true;
  StringRef File = P.fileOfLocal(N);
  if (StringRef Rest = Text; !File.empty() && Rest.consume_back(Name) && Rest.consume_back(":"))
    return isFileNamed(File, Rest);
  if (!Name.starts_with("_Z"))
    return false;
  std::string Readable = readableName(Name);
  return Readable == Text || withoutParameters(Readable) == Text;
}

Finding answer(const char *Rule, const PathNotes &Words, const Program &P, const Path &Steps,
               NodeId Target, StringRef Verb) {
  Finding F;
  F.Rule = Rule;
  F.Means = Verdict::Clean;
  F.Notes = Words.hops(Steps);
  F.Main = {F.Notes.front().At,
            Words.quoted(Steps.front().From) + " " + Verb.str() + " " + Words.quoted(Target)};
  F.Keys = {{Rule, P.symbolOf(Steps.front().From), "", P.symbolOf(Target)}};
  return F;
}

Report report(const Program &P, std::vector<Finding> Findings) {
  llvm::stable_sort(Findings);
  Report Result;
  Result.Findings = std::move(Findings);
  Result.Functions = count_if(P.Nodes, [](const Node &N) { return N.HasBody; });
  Result.Units = P.Units.size();
  return Result;
}

} // namespace

Expected<std::vector<NodeId>> functionsNamed(const Program &P, StringRef Text) {
  std::vector<NodeId> Found;
  for (NodeId N = 0; N < P.Nodes.size(); ++N)
    if (isMeant(P, N, Text))
      Found.push_back(N);
  if (Found.empty())
    return createStringError("there is no function '" + Text +
                             "' in the program; give its symbol name as `weir-check dump` lists "
                             "it, or file:name for a local one");
  return Found;
}

Report explainEdges(const Program &P, const CallGraph &G, Policy &Rules, ArrayRef<NodeId> Callers,
                    ArrayRef<NodeId> Callees) {
  PathNotes Words(P, G);
  ReverseGraph Reverse(G);
  std::vector<Finding> Findings;
  for (NodeId Callee : Callees) {
    LastSteps Last(G, Reverse, Callee);
    for (NodeId Caller : Callers)
      for (const Path &Steps : Last.everyWayFrom(Caller)) {
        Finding F = answer(RuleEdge, Words, P, Steps, Callee, "may call");
        const AllowEntry *Allowed = Rules.allow(P.policyName(Caller), P.policyName(Callee));
        if (Allowed)
          F.Notes.push_back({{Rules.file(), Allowed->Place.Line, Allowed->Place.Column},
                             "the policy allows it: " + Allowed->Reason});
        Findings.push_back(std::move(F));
      }
  }
  return report(P, std::move(Findings));
}

Report showPaths(const Program &P, const CallGraph &G, ArrayRef<NodeId> Starts,
                 ArrayRef<NodeId> Targets, PathChoice Choice) {
  PathNotes Words(P, G);
  std::vector<Finding> Findings;
  for (NodeId Start : Starts)
    for (NodeId Target : Targets)
      for (const Witness &W : findPathsBetween(G, Start, Target, Choice))
        if (!W.Steps.empty())
          Findings.push_back(answer(RulePath, Words, P, W.Steps, Target, "reaches"));
  return report(P, std::move(Findings));
}

} // namespace weir
