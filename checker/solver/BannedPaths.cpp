#include "solver/BannedPaths.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Parallel.h"

#include <map>
#include <optional>
#include <queue>
#include <set>

using namespace llvm;

namespace weir {

LastSteps::LastSteps(const CallGraph &G, const ReverseGraph &Reverse, NodeId Target)
    : G(G), Target(Target) {
  using Entry = std::pair<unsigned, NodeId>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<Entry>> Queue;
  Best[Target] = {0, None};
  Queue.push({0, Target});
  while (!Queue.empty()) {
    auto [Cost, N] = Queue.top();
    Queue.pop();
    // Functions end the search; classes and the target itself carry it on.
    if (Cost != Best[N].Cost || (N != Target && !G.isClass(N)))
      continue;
    for (NodeId From : Reverse.into(N)) {
      unsigned Reached = Cost + G.cost(From, N);
      auto [Found, New] = Best.try_emplace(From, Way{Reached, N});
      if (!New && Found->second.Cost <= Reached)
        continue;
      Found->second = {Reached, N};
      Queue.push({Reached, From});
    }
  }
}

std::vector<NodeId> LastSteps::callers() const {
  std::vector<NodeId> Found;
  for (const auto &[N, At] : Best)
    if (!G.isClass(N) && N != Target)
      Found.push_back(N);
  return Found;
}

Path LastSteps::from(NodeId Caller) const {
  Path Steps;
  for (NodeId N = Caller; N != Target; N = Best.at(N).Next)
    Steps.push_back({N, firstEdgeBetween(G, N, Best.at(N).Next)});
  return Steps;
}

std::vector<Path> LastSteps::everyWayFrom(NodeId Caller) const {
  std::vector<Path> Ways;
  for (auto [I, E] : enumerate(G.from(Caller))) {
    if (E.To != Target && (!G.isClass(E.To) || !Best.count(E.To)))
      continue;
    Path Steps = {{Caller, G.firstEdge(Caller) + static_cast<uint32_t>(I)}};
    llvm::append_range(Steps, from(E.To));
    Ways.push_back(std::move(Steps));
  }
  return Ways;
}

namespace {

/// One path from a start to a target by each function that calls it and that From reaches.
void addEveryCaller(const FromRoots &From, const LastSteps &Last, NodeId Target,
                    std::vector<Witness> &Found) {
  for (NodeId Caller : Last.callers()) {
    if (!From.reached(Caller))
      continue;
    Path Steps = From.pathTo(Caller);
    llvm::append_range(Steps, Last.from(Caller));
    Found.push_back({std::move(Steps), Target});
  }
}

/// Searches for several targets at once, each by a thread.
class Chooser {
public:
  Chooser(const Program &P, const CallGraph &G, PathChoice Choice)
      : G(G), Reverse(G), Choice(Choice) {
    for (const Root &R : G.Roots) {
      const bool ByName = R.Kind == RootKind::Named;
      (ByName ? Named : P.Nodes[R.Node].IsMember ? LibraryStarts : OwnStarts).push_back(R.Node);
    }
  }

  std::vector<Witness> run(const BitVector &Targets, const FromRoots &Reached) {
    std::vector<NodeId> Wanted;
    for (int N = Targets.find_first(); N >= 0; N = Targets.find_next(N))
      if (Reached.reached(N))
        Wanted.push_back(N);
    // Each search has eight bytes a node.
    const size_t Batch = std::min<size_t>(parallel::strategy.compute_thread_count(), 8);
    for (size_t First = 0; First < Wanted.size(); First += Batch)
      choose(ArrayRef<NodeId>(Wanted).slice(First, std::min(Batch, Wanted.size() - First)));
    for (const auto &[Start, Targets] : ByStart) {
      FromRoots From(G, Start);
      for (NodeId Target : Targets)
        addEveryCaller(From, LastSteps(G, Reverse, Target), Target, Found);
    }
    return std::move(Found);
  }

private:
  void choose(ArrayRef<NodeId> Targets) {
    std::vector<std::optional<ToTarget>> To(Targets.size());
    const size_t Sets = Own ? 0 : 2; // of starts, made beside the first searches
    parallelFor(0, Targets.size() + Sets, [&](size_t I) {
      if (I < Targets.size())
        To[I].emplace(G, Reverse, Targets[I]);
      else if (I == Targets.size())
        Own.emplace(G, Reverse, std::move(OwnStarts));
      else
        Library.emplace(G, Reverse, std::move(LibraryStarts));
    });

    std::vector<std::vector<NodeId>> Starts(Targets.size());
    parallelFor(0, Targets.size(), [&](size_t I) { Starts[I] = startsToReport(*To[I]); });
    for (size_t I = 0; I < Targets.size(); ++I)
      for (NodeId Start : Starts[I])
        if (Choice == PathChoice::Nearest)
          Found.push_back({To[I]->pathFrom(Start), Targets[I]});
        else
          ByStart[Start].push_back(Targets[I]);
  }

  /// A library's start, like the C library's startup code, is reported beside the program's own
  /// only where its path is not one of theirs with a head put on.
  std::vector<NodeId> startsToReport(const ToTarget &To) const {
    std::vector<NodeId> Starts;
    llvm::copy_if(Named, std::back_inserter(Starts), [&](NodeId N) { return To.reaches(N); });
    llvm::append_range(Starts, Own->leadingTo(To));
    std::set<NodeId> Taken(Starts.begin(), Starts.end());
    for (NodeId N : Library->leadingTo(To))
      if (none_of(To.pathFrom(N), [&](const Step &S) { return Taken.count(S.From); }))
        Starts.push_back(N);
    return Starts;
  }

  const CallGraph &G;
  ReverseGraph Reverse;
  PathChoice Choice;
  std::vector<NodeId> Named, OwnStarts, LibraryStarts; ///< roots
  std::optional<Outermost> Own, Library;
  std::map<NodeId, std::vector<NodeId>> ByStart;
  std::vector<Witness> Found;
};

bool reachesAny(const BitVector &Targets, const FromRoots &Reached) {
  for (int N = Targets.find_first(); N >= 0; N = Targets.find_next(N))
    if (Reached.reached(N))
      return true;
  return false;
}

} // namespace

std::vector<Witness> findBannedPaths(const Program &P, const CallGraph &G, const FromRoots &Reached,
                                     PathChoice Choice) {
  return reachesAny(G.Banned, Reached) ? Chooser(P, G, Choice).run(G.Banned, Reached)
                                       : std::vector<Witness>();
}

std::vector<Witness> findLateInit(const Program &P, const CallGraph &G, const FromRoots &Reached) {
  if (!reachesAny(G.Init, Reached))
    return {};
  std::vector<Witness> Found = Chooser(P, G, PathChoice::Nearest).run(G.Init, Reached);
  // Whoever runs init may lead there by itself, but not so what it merely calls.
  erase_if(Found, [&](const Witness &W) { return G.RunsInit[W.Steps.front().From]; });
  return Found;
}

std::vector<Witness> findPathsBetween(const CallGraph &G, NodeId Start, NodeId Target,
                                      PathChoice Choice) {
  FromRoots From(G, Start);
  std::vector<Witness> Found;
  if (Choice == PathChoice::Nearest) {
    if (From.reached(Target))
      Found.push_back({From.pathTo(Target), Target});
    return Found;
  }
  ReverseGraph Reverse(G);
  addEveryCaller(From, LastSteps(G, Reverse, Target), Target, Found);
  return Found;
}

} // namespace weir
