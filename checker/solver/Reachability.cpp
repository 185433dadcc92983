#include "solver/Reachability.h"

#include "llvm/ADT/STLExtras.h"

#include <array>

using namespace llvm;

namespace weir {

ReverseGraph::ReverseGraph(const CallGraph &G) : Begin(G.size() + 1), Steps(G.edgeCount()) {
  for (uint32_t E = 0; E < G.edgeCount(); ++E)
    ++Begin[G.edge(E).To + 1];
  for (size_t N = 1; N < Begin.size(); ++N)
    Begin[N] += Begin[N - 1];
  std::vector<uint32_t> Next(Begin.begin(), Begin.end() - 1);
  for (NodeId N = 0; N < G.size(); ++N)
    for (uint32_t I = 0; I < G.from(N).size(); ++I) {
      uint32_t E = G.firstEdge(N) + I;
      Steps[Next[G.edge(E).To]++] = {N, E};
    }
}

namespace {

/// A queue of nodes by distance, for edges that cost at most CallGraph::MaxCost: a ring of buckets
/// (Dial, Algorithm 360, CACM 1969). Within a distance first in is first out.
class BucketQueue {
public:
  void push(uint32_t Distance, NodeId N) {
    Ring[Distance % Ring.size()].push_back(N);
    ++Count;
  }

  /// Calls Settle(distance, node) by ascending distance until the queue is empty. Settle may push
  /// nodes that are not nearer than its own.
  template <typename Handler> void drain(Handler Settle) {
    for (uint32_t Distance = 0; Count > 0; ++Distance) {
      std::vector<NodeId> &Bucket = Ring[Distance % Ring.size()];
      for (size_t I = 0; I < Bucket.size(); ++I, --Count)
        Settle(Distance, NodeId(Bucket[I]));
      Bucket.clear();
    }
  }

private:
  std::array<std::vector<NodeId>, CallGraph::MaxCost + 1> Ring;
  size_t Count = 0;
};

} // namespace

FromRoots::FromRoots(const CallGraph &G) : FromRoots(G, ArrayRef<Root>(G.Roots)) {}

FromRoots::FromRoots(const CallGraph &G, NodeId Start)
    : FromRoots(G, ArrayRef<Root>(Root{Start, RootKind::Named})) {}

FromRoots::FromRoots(const CallGraph &G, ArrayRef<Root> Starts)
    : Distance(G.size(), None), Parent(G.size()) {
  BucketQueue Queue;
  for (const Root &R : Starts) {
    Distance[R.Node] = 0;
    Parent[R.Node] = {None, None};
    Queue.push(0, R.Node);
  }
  Queue.drain([&](uint32_t At, NodeId N) {
    if (Distance[N] != At)
      return;
    for (auto [I, E] : enumerate(G.from(N))) {
      uint32_t Reached = At + G.cost(E);
      if (Reached >= Distance[E.To])
        continue;
      Distance[E.To] = Reached;
      Parent[E.To] = {N, G.firstEdge(N) + static_cast<uint32_t>(I)};
      Queue.push(Reached, E.To);
    }
  });
}

Path FromRoots::pathTo(NodeId N) const {
  Path Steps;
  for (; Parent[N].From != None; N = Parent[N].From)
    Steps.push_back(Parent[N]);
  std::reverse(Steps.begin(), Steps.end());
  return Steps;
}

ToTarget::ToTarget(const CallGraph &G, const ReverseGraph &Reverse, NodeId Target)
    : G(G), Target(Target), Distance(G.size(), None), Next(G.size(), None) {
  BucketQueue Queue;
  Distance[Target] = 0;
  Queue.push(0, Target);
  Queue.drain([&](uint32_t At, NodeId N) {
    if (Distance[N] != At)
      return;
    for (const Step &S : Reverse.into(N)) {
      uint32_t Reached = At + G.cost(G.edge(S.Edge));
      if (Reached >= Distance[S.From])
        continue;
      Distance[S.From] = Reached;
      Next[S.From] = S.Edge;
      Queue.push(Reached, S.From);
    }
  });
}

Path ToTarget::pathFrom(NodeId N) const {
  Path Steps;
  for (; N != Target; N = G.edge(Next[N]).To)
    Steps.push_back({N, Next[N]});
  return Steps;
}

namespace {

/// Depth-first visits of the nodes that lead to a target, each once, without recursion.
class Walk {
public:
  /// What does not lead there counts as seen from the start: one small bitmap tells both.
  Walk(const CallGraph &G, const ToTarget &To) : G(G), Seen(G.size()) {
    for (NodeId N = 0; N < G.size(); ++N)
      if (!To.reaches(N))
        Seen.set(N);
  }

  bool seen(NodeId N) const { return Seen.test(N); }

  /// Visits what Start reaches and was not seen; calls Leave for each node when all that it
  /// reaches was visited.
  template <typename Handler> void visit(NodeId Start, Handler Leave) {
    if (Seen.test(Start))
      return;
    enter(Start);
    while (!Stack.empty()) {
      Frame &Top = Stack.back();
      while (Top.Next != Top.End && Seen.test(Top.Next->To))
        ++Top.Next;
      if (Top.Next == Top.End) {
        Leave(Top.Node);
        Stack.pop_back();
      } else {
        enter((Top.Next++)->To);
      }
    }
  }

private:
  struct Frame {
    NodeId Node;
    const Edge *Next, *End;
  };

  void enter(NodeId N) {
    Seen.set(N);
    Stack.push_back({N, G.from(N).begin(), G.from(N).end()});
  }

  const CallGraph &G;
  BitVector Seen;
  std::vector<Frame> Stack;
};

} // namespace

// What nobody calls is outermost; what it reaches is not. That leaves the cycles that nothing else
// reaches, for which the first half of Kosaraju's algorithm tells: if one start reaches another and
// not the other way round, its visit ends later. So in falling order of the ends, each start that
// is not yet seen is outermost.
std::vector<NodeId> outermost(const CallGraph &G, const ReverseGraph &Reverse, const ToTarget &To,
                              const std::vector<NodeId> &Starts) {
  std::vector<NodeId> Outer;
  Walk Reached(G, To);
  auto Report = [&](NodeId N) {
    if (Reached.seen(N))
      return;
    Outer.push_back(N);
    Reached.visit(N, [](NodeId) {});
  };
  for (NodeId N : Starts)
    if (all_of(Reverse.into(N), [N](const Step &S) { return S.From == N; }))
      Report(N);

  std::vector<NodeId> Rest;
  BitVector IsStart(G.size());
  for (NodeId N : Starts)
    if (!Reached.seen(N)) {
      Rest.push_back(N);
      IsStart.set(N);
    }
  llvm::sort(Rest, [&](NodeId A, NodeId B) {
    return std::pair(To.distance(A), A) < std::pair(To.distance(B), B);
  });
  std::vector<NodeId> Ended;
  Walk First = Reached;
  for (NodeId N : Rest)
    First.visit(N, [&](NodeId Left) {
      if (IsStart.test(Left))
        Ended.push_back(Left);
    });
  for (NodeId N : llvm::reverse(Ended))
    Report(N);
  return Outer;
}

} // namespace weir
