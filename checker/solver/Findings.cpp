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
  Finder(const Program &P, const CallGraph &G, Policy &Rules)
      : P(P), G(G), Rules(Rules), Words(P, G), Forward(G) {}

  Report run() {
    findBannedCalls();
    findUnprovenCalls();
    findUnresolvedCalls();
    findUnprovenRoots();
    findUnusedPolicy();
    llvm::sort(Result.Findings);
    return std::move(Result);
  }

private:
  Finding &add(const char *Rule, Verdict Means, Remark Main, std::vector<Remark> Notes) {
    if (Result.Result != Verdict::Violation)
      Result.Result = Means;
    Result.Findings.push_back({Rule, std::move(Main), std::move(Notes)});
    return Result.Findings.back();
  }

  // Banned functions.

  void findBannedCalls() {
    std::optional<ReverseGraph> Reverse;
    for (int N = G.Banned.find_first(); N >= 0; N = G.Banned.find_next(N)) {
      if (!Forward.reached(N))
        continue;
      if (!Reverse)
        Reverse.emplace(G);
      ToTarget To(G, *Reverse, N);
      for (NodeId Start : startsToReport(To))
        addBannedCall(To.pathFrom(Start), N);
    }
  }

  /// A library's start, like the C library's startup code, is reported beside the program's own
  /// only where its path is not one of theirs with a head put on.
  std::vector<NodeId> startsToReport(const ToTarget &To) const {
    std::vector<NodeId> Named, Own, Library;
    for (const Root &R : G.Roots) {
      if (!To.reaches(R.Node))
        continue;
      bool ByName = R.Kind == RootKind::Named;
      (ByName ? Named : P.Nodes[R.Node].IsMember ? Library : Own).push_back(R.Node);
    }
    std::vector<NodeId> Starts = std::move(Named);
    llvm::append_range(Starts, outermost(G, To, std::move(Own)));
    std::set<NodeId> Taken(Starts.begin(), Starts.end());
    for (NodeId N : outermost(G, To, std::move(Library)))
      if (none_of(To.pathFrom(N), [&](const Step &S) { return Taken.count(S.From); }))
        Starts.push_back(N);
    return Starts;
  }

  void addBannedCall(const Path &Steps, NodeId Banned) {
    std::vector<Remark> Notes = Words.hops(Steps);
    std::string Text =
        Words.quoted(Steps.front().From) + " reaches banned function " + Words.quoted(Banned);
    if (auto As = G.BannedAs.find(Banned); As != G.BannedAs.end())
      Text += ", another name of " + Words.quoted(As->second);
    Place First = Notes.front().At, Last = Notes.back().At;
    Notes.push_back({Last, allowRemedy(Steps, Banned)});
    add(RuleBannedCall, Verdict::Violation, {First, Text}, std::move(Notes));
  }

  /// The last function of a path is the one whose call may be removed or allowed.
  std::string allowRemedy(const Path &Steps, NodeId Callee) const {
    NodeId Caller = Steps.front().From;
    for (const Step &S : Steps)
      if (!G.isClass(S.From))
        Caller = S.From;
    return ("remove the call, or allow it in the policy: [[allow]] caller = \"" +
            P.Nodes[Caller].Name + "\", callee = \"" + P.Nodes[Callee].Name +
            "\", reason = \"...\"")
        .str();
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
          std::move(Notes));
    }
  }

  void findUnresolvedCalls() {
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
        std::move(Notes));
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
  }

  static constexpr const char *RootRemedy =
      "compile what defines them with the plugin, or summarize their library; or name the roots";

  void addUnprovenRoot(StringRef Name, Place At) {
    if (At.File.empty())
      At.File = P.Units.front().From->Name;
    add(RuleUnprovenRoot, Verdict::Unproven,
        {At, "root " + Words.quoted(Name) + " has no facts, so what it calls is not known"},
        {{At, "compile what defines it with the plugin, or summarize its library"}});
  }

  void addUnprovenFunctions(StringRef File, const std::set<StringRef> &Names) {
    constexpr size_t NamesPerNote = 8;
    Place At{File.str(), 0, 0};
    std::vector<Remark> Notes;
    std::vector<std::string> Line;
    for (StringRef Name : Names) {
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
        {At, Count + " no facts, so what is called from there is not known"}, std::move(Notes));
  }

  // The policy.

  void findUnusedPolicy() {
    for (const UnusedEntry &E : Rules.unused()) {
      Place At{Rules.file(), E.Place.Line, E.Place.Column};
      add(RuleUnusedPolicy, Verdict::Violation,
          {At, "'" + E.Text + "' in " + E.Key.str() + " matches nothing in the program"},
          {{At, "remove the entry, or correct the name"}});
    }
  }

  const Program &P;
  const CallGraph &G;
  Policy &Rules;
  PathNotes Words;
  FromRoots Forward;
  std::set<StringRef> Reported;
  Report Result;
};

} // namespace

Report findViolations(const Program &P, const CallGraph &G, Policy &Rules) {
  return Finder(P, G, Rules).run();
}

} // namespace weir
