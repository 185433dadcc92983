#include "solver/Findings.h"
#include "solver/PathNotes.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <map>
#include <set>

using namespace llvm;

namespace weir {
namespace {

class Finder {
public:
  Finder(const Program &P, const CallGraph &G, Policy &Rules, const FromRoots &Reached)
      : P(P), G(G), Rules(Rules), Words(P, G), Forward(Reached) {}

  Report run(ArrayRef<Witness> BannedPaths) {
    for (const Witness &W : BannedPaths)
      addBannedCall(W.Steps, W.Target);
    findLateInitCalls();
    findUnprovenCalls();
    findUnresolvedCalls();
    findUnprovenRoots();
    findUnusedPolicy();
    findExpiredPolicy();
    llvm::sort(Result.Findings);
    Result.Functions = count_if(P.Nodes, [](const Node &N) { return N.HasBody; });
    Result.Units = P.Units.size();
    return std::move(Result);
  }

private:
  Finding &add(const char *Rule, Verdict Means, Remark Main, std::vector<Remark> Notes,
               std::vector<FindingKey> Keys) {
    for (FindingKey &K : Keys)
      K.Rule = Rule;
    Result.Findings.push_back({Rule, Means, std::move(Main), std::move(Notes), std::move(Keys)});
    return Result.Findings.back();
  }

  // Banned functions.

  void addBannedCall(const Path &Steps, NodeId Banned) {
    std::vector<Remark> Notes = Words.hops(Steps);
    // Paths go through a pointer of unknown type, or end at what has no facts, only where there is
    // no better one.
    const bool IsTyped = none_of(Steps, [&](const Step &S) { return isOfUnknownType(S); });
    const NodeId End = G.edge(Steps.back().Edge).To;
    const bool IsGuess = !IsTyped || End != Banned;
    std::string Text = Words.quoted(Steps.front().From) +
                       (IsGuess ? " may reach banned function " : " reaches banned function ") +
                       Words.quoted(Banned);
    if (!IsTyped)
      Text += ", through a pointer of unknown type";
    if (End != Banned)
      Text += ", called back by " + Words.quoted(End) + ", of which no facts are known";
    if (auto As = G.BannedAs.find(Banned); As != G.BannedAs.end())
      Text += ", another name of " + Words.quoted(As->second);
    Place First = Notes.front().At, Last = Notes.back().At;
    Notes.push_back({Last, allowRemedy(Steps, End)});
    add(IsGuess ? RuleUnprovenPath : RuleBannedCall,
        IsGuess ? Verdict::Unproven : Verdict::Violation, {First, Text}, std::move(Notes),
        {{"", P.symbolOf(Steps.front().From), P.symbolOf(lastFunction(Steps)),
          P.symbolOf(Banned)}});
  }

  /// The last function of a path before its end: the one whose call may be removed or allowed.
  NodeId lastFunction(const Path &Steps) const {
    NodeId Last = Steps.front().From;
    for (const Step &S : Steps)
      if (!G.isClass(S.From))
        Last = S.From;
    return Last;
  }

  /// Whether a step goes to functions that the caller may or may not be able to call.
  bool isOfUnknownType(const Step &S) const {
    NodeId To = G.edge(S.Edge).To;
    if (!G.isClass(To))
      return false;
    ClassKind Kind = G.Classes[G.classOf(To)].Kind;
    return Kind == ClassKind::UnknownSite || Kind == ClassKind::UnknownFunction ||
           Kind == ClassKind::Assembly;
  }

  std::string allowRemedy(const Path &Steps, NodeId Callee) const {
    return ("remove the call, or allow it in the policy: [[allow]] caller = \"" +
            P.Nodes[lastFunction(Steps)].Name + "\", callee = \"" + P.Nodes[Callee].Name +
            "\", reason = \"...\"")
        .str();
  }

  void findLateInitCalls() {
    for (const Witness &W : findLateInit(P, G, Forward)) {
      std::vector<Remark> Notes = Words.hops(W.Steps);
      Place First = Notes.front().At, Last = Notes.back().At;
      NodeId Start = W.Steps.front().From;
      Notes.push_back({Last, ("remove the call or, if " + Words.quoted(Start) +
                              " runs before init is over, name it in the policy: [init] callers = "
                              "[\"" +
                              P.Nodes[Start].Name + "\"]")
                                 .str()});
      bool IsGuess = any_of(W.Steps, [&](const Step &S) { return isOfUnknownType(S); });
      add(RuleLateInit, IsGuess ? Verdict::Unproven : Verdict::Violation,
          {First, Words.quoted(Start) +
                      (IsGuess ? " may reach init function " : " reaches init function ") +
                      Words.quoted(W.Target) + ", which runs before the system is sealed"},
          std::move(Notes), {{"", P.symbolOf(Start), "", P.symbolOf(W.Target)}});
    }
  }

  // What is not known.

  void findUnprovenCalls() {
    for (NodeId N = 0; N < P.Nodes.size(); ++N) {
      if (!Forward.reached(N) || P.Nodes[N].HasBody || G.Banned[N] || G.Init[N])
        continue;
      Path Steps = Forward.pathTo(N);
      if (Steps.empty())
        continue; // a root: see findUnprovenRoots
      Reported.insert(P.Nodes[N].Name);
      std::vector<Remark> Notes = Words.hops(Steps);
      Place First = Notes.front().At, Last = Notes.back().At;
      Notes.push_back({Last, "give the facts of what defines " + Words.quoted(N) +
                                 ": compile it with the plugin, or summarize its library; or say "
                                 "in the policy that the call is allowed"});
      add(RuleUnprovenCall, Verdict::Unproven,
          {First, Words.quoted(Steps.front().From) + " reaches " + Words.quoted(N) +
                      ", of which no facts are known"},
          std::move(Notes), {{"", "", "", P.symbolOf(N)}});
    }
  }

  void findUnresolvedCalls() {
    if (G.Unresolved.none())
      return;
    for (NodeId N = 0; N < P.Nodes.size(); ++N) {
      if (!Forward.reached(N))
        continue;
      for (auto [I, E] : enumerate(G.from(N)))
        if (G.isClass(E.To) && G.Unresolved[G.classOf(E.To)])
          addUnresolved({N, G.firstEdge(N) + static_cast<uint32_t>(I)});
    }
  }

  void addUnresolved(const Step &Last) {
    Path Steps = Forward.pathTo(Last.From);
    Steps.push_back(Last);
    std::vector<Remark> Notes = Words.hops(Steps);
    Place At = Notes.back().At;
    Notes.push_back({At, "give all parts of the program, among them the one that takes the address "
                         "of the function that is called"});
    add(RuleUnresolvedIndirect, Verdict::Unproven,
        {At, Words.quoted(Last.From) + " " + Words.siteText(Last) +
                 ", and no function that it may reach is known"},
        std::move(Notes), {{"", "", P.symbolOf(Last.From), ""}});
  }

  /// Functions where execution may start and of which nothing is known. Those that are roots only
  /// because of "*" make one finding a file.
  void findUnprovenRoots() {
    for (const Root &R : G.Roots)
      if (!P.Nodes[R.Node].HasBody && Reported.insert(P.Nodes[R.Node].Name).second)
        addUnprovenRoot(P.Nodes[R.Node].Name, Words.placeOf(R.Node));
    std::map<StringRef, std::set<StringRef>> ByFile;
    for (const UnknownFunction &F : P.Unknown) {
      RootKind Kind = Rules.root(F.Name, {/*InProgram=*/true, /*NonAllocating=*/false});
      if (Kind == RootKind::None || Rules.banned(F.Name) || Rules.init(F.Name) ||
          Reported.count(F.Name))
        continue;
      if (Kind == RootKind::WholeProgram)
        ByFile[F.In->Name].insert(F.Name);
      else if (Reported.insert(F.Name).second)
        addUnprovenRoot(F.Name, {F.In->Name, 0, 0});
    }
    for (const auto &[File, Names] : ByFile)
      addUnprovenFunctions(File, Names);
    for (const UnknownFunction &F : P.UnknownAtStart)
      if (G.StartsInMain && !ByFile[F.In->Name].count(F.Name) && !Rules.banned(F.Name) &&
          !Rules.init(F.Name) && Reported.insert(F.Name).second)
        addUnprovenRoot(F.Name, {F.In->Name, 0, 0});
  }

  static constexpr const char *RootRemedy =
      "compile what defines them with the plugin, or summarize their library; or name the roots";

  void addUnprovenRoot(StringRef Name, Place At) {
    if (At.File.empty())
      At.File = P.Units.front().From->Name;
    add(RuleUnprovenRoot, Verdict::Unproven,
        {At, "root " + Words.quoted(Name) + " has no facts, so what it calls is not known"},
        {{At, "compile what defines it with the plugin, or summarize its library"}},
        {{"", Name.str(), "", ""}});
  }

  void addUnprovenFunctions(StringRef File, const std::set<StringRef> &Names) {
    constexpr size_t NamesPerNote = 8;
    Place At{File.str(), 0, 0};
    std::vector<Remark> Notes;
    std::vector<std::string> Line;
    std::vector<FindingKey> Keys;
    for (StringRef Name : Names) {
      Keys.push_back({"", Name.str(), "", ""});
      Line.push_back(Words.quoted(Name));
      if (Line.size() == NamesPerNote || Name == *Names.rbegin()) {
        Notes.push_back({At, "without facts: " + join(Line, ", ")});
        Line.clear();
      }
    }
    Notes.push_back({At, RootRemedy});
    std::string Count =
        Names.size() == 1 ? "1 function has" : std::to_string(Names.size()) + " functions have";
    add(RuleUnprovenRoot, Verdict::Unproven,
        {At, Count + " no facts, so what is called from there is not known"}, std::move(Notes),
        std::move(Keys));
  }

  // The policy.

  void findUnusedPolicy() {
    for (const PolicyEntry &E : Rules.unused())
      addPolicy(RuleUnusedPolicy, E, E.WhyUnused, "remove the entry, or correct the name");
  }

  void findExpiredPolicy() {
    for (const PolicyEntry &E : Rules.expired())
      addPolicy(RuleExpiredPolicy, E, "expired: its last day was " + E.LastDay->text(),
                "remove the call, or decide anew and give the entry another day");
  }

  void addPolicy(const char *Rule, const PolicyEntry &E, const Twine &What, StringRef Remedy) {
    Place At{Rules.file(), E.Place.Line, E.Place.Column};
    add(Rule, Verdict::Violation, {At, ("'" + E.Text + "' in " + E.Key + " " + What).str()},
        {{At, Remedy.str()}}, {{"", E.Key.str(), "", E.Text}});
  }

  const Program &P;
  const CallGraph &G;
  Policy &Rules;
  PathNotes Words;
  const FromRoots &Forward;
  std::set<StringRef> Reported;
  Report Result;
};

} // namespace

Report findViolations(const Program &P, const CallGraph &G, Policy &Rules, const FromRoots &Reached,
                      ArrayRef<Witness> BannedPaths) {
  return Finder(P, G, Rules, Reached).run(BannedPaths);
}

} // namespace weir
