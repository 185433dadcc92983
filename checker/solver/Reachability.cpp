#include "solver/Reachability.h"

#include "llvm/ADT/STLExtras.h"

#include <array>

using namespace llvm;

namespace weir {

ReverseGraph::ReverseGraph(const CallGraph &G) : Begin(G.size() + 1), Starts(G.edgeCount()) {
  for (uint32_t E = 0; E < G.edgeCount(); ++E)
    ++Begin[G.edge(E).To + 1];
  for (size_t N = 1; N < Begin.size(); ++N)
    Begin[N] += Begin[N - 1];
  std::vector<uint32_t> Next(Begin.begin(), Begin.end() - 1);
  for (NodeId N = 0; N < G.size(); ++N)
    for (const Edge &E : G.from(N))
      Starts[Next[E.To]++] = N;
}

uint32_t firstEdgeBetween(const CallGraph &G, NodeId From, NodeId To) {
  const ArrayRef<Edge> Edges = G.from(From);
  const auto *Found = find_if(Edges, [To](const Edge &E) { return E.To == To; });
  assert(Found != Edges.end() && "there is an edge");
  return G.firstEdge(From) + static_cast<uint32_t>(Found - Edges.begin());
}

namespace {

/// Brings near the edges of the nodes of a list that will be looked at soon after the one at At. A
/// large graph is in no cache, and each node's edges are somewhere else.
template <typename Graph>
void prefetchAhead(const Graph &G, const std::vector<NodeId> &Nodes, size_t At) {
  constexpr size_t Near = 4, Far = 12;
  if (At + Far < Nodes.size())
    G.prefetchBegin(Nodes[At + Far]);
  if (At + Near < Nodes.size())
    G.prefetchRow(Nodes[At + Near]);
}

/// A queue of nodes by distance, for edges that cost at most CallGraph::MaxCost: a ring of buckets
/// (Dial, Algorithm 360, CACM 1969). Within a distance first in is first out.
class BucketQueue {
public:
  void push(uint32_t Distance, NodeId N) {
    Ring[Distance % Ring.size()].push_back(N);
    ++Count;
  }

  /// Calls Settle(distance, node) by ascending distance until the queue is empty. Settle looks at
  /// the node's edges in G, and may push nodes that are not nearer than its own.
  template <typename Graph, typename Handler> void drain(const Graph &G, Handler Settle) {
    for (uint32_t Distance = 0; Count > 0; ++Distance) {
      std::vector<NodeId> &Bucket = Ring[Distance % Ring.size()];
      for (size_t I = 0; I < Bucket.size(); ++I, --Count) {
        prefetchAhead(G, Bucket, I);
        Settle(Distance, NodeId(Bucket[I]));
      }
      Bucket.clear();
    }
  }

private:
  std::array<std::vector<NodeId>, CallGraph::MaxCost + 1> Ring;
  size_t Count = 0;
};

/// A search by ascending distance, along the edges of G, for the cheapest paths to all nodes.
template <typename Graph> class Search {
public:
  Search(const Graph &G, std::vector<PathMark> &Marks)
      : G(G), Marks(Marks), IsFinal(Marks.size()) {}

  void start(NodeId N) {
    Marks[N] = {0, None};
    IsFinal.set(N);
    Queue.push(0, N);
  }

  /// Calls Settle(distance, node) once for each node that is reached, by ascending distance; it
  /// calls goOn() for the node's neighbours.
  template <typename Handler> void run(Handler Settle) {
    Queue.drain(G, [&](uint32_t At, NodeId N) {
      if (Marks[N].Distance != At)
        return;
      IsFinal.set(N);
      Settle(At, N);
    });
  }

  /// Whether no way to N can be shorter than the one that is known: a bit tells, where most of the
  /// marks of a large graph are in no cache.
  bool isFinal(NodeId N) const { return IsFinal.test(N); }

  /// Goes on from N, which is settled at a distance, to Other. No edge to Other costs less than
  /// Least.
  void goOn(uint32_t At, NodeId N, NodeId Other, uint32_t Cost, uint32_t Least) {
    PathMark &Mark = Marks[Other];
    if (At + Cost >= Mark.Distance)
      return;
    Mark = {At + Cost, N};
    if (Cost <= Least)
      IsFinal.set(Other);
    Queue.push(At + Cost, Other);
  }

private:
  const Graph &G;
  std::vector<PathMark> &Marks;
  BitVector IsFinal;
  BucketQueue Queue;
};

} // namespace

FromRoots::FromRoots(const CallGraph &G) : FromRoots(G, ArrayRef<Root>(G.Roots)) {}

FromRoots::FromRoots(const CallGraph &G, NodeId Start)
    : FromRoots(G, ArrayRef<Root>(Root{Start, RootKind::Named})) {}

FromRoots::FromRoots(const CallGraph &G, ArrayRef<Root> Starts) : G(G), Marks(G.size()) {
  Search<CallGraph> Paths(G, Marks);
  for (const Root &R : Starts)
    Paths.start(R.Node);
  // A class leads to functions at no cost.
  Paths.run([&](uint32_t At, NodeId N) {
    for (const Edge &E : G.from(N))
      if (!Paths.isFinal(E.To))
        Paths.goOn(At, N, E.To, G.cost(N, E.To), /*Least=*/0);
  });
}

Path FromRoots::pathTo(NodeId N) const {
  Path Steps;
  for (NodeId From = Marks[N].Neighbour; From != None; N = From, From = Marks[N].Neighbour)
    Steps.push_back({From, firstEdgeBetween(G, From, N)});
  std::reverse(Steps.begin(), Steps.end());
  return Steps;
}

ToTarget::ToTarget(const CallGraph &G, const ReverseGraph &Reverse, NodeId Target)
    : G(G), Target(Target), Marks(G.size()) {
  Search<ReverseGraph> Paths(Reverse, Marks);
  Paths.start(Target);
  // No edge out of a function is cheaper than a direct call.
  Paths.run([&](uint32_t At, NodeId N) {
    for (NodeId From : Reverse.into(N))
      if (!Paths.isFinal(From))
        Paths.goOn(At, N, From, G.cost(From, N), /*Least=*/G.isClass(From) ? 0 : 1);
  });
}

Path ToTarget::pathFrom(NodeId N) const {
  Path Steps;
  for (; N != Target; N = Marks[N].Neighbour)
    Steps.push_back({N, firstEdgeBetween(G, N, Marks[N].Neighbour)});
  return Steps;
}

namespace {

/// Visits of the nodes that lead to a target, each once, without recursion.
class Walk {
public:
  /// What does not lead there counts as seen from the start: one small bitmap tells both.
  Walk(const CallGraph &G, const ToTarget &To) : G(G), Seen(G.size()) {
    for (NodeId N = 0; N < G.size(); ++N)
      if (!To.reaches(N))
        Seen.set(N);
  }

  bool seen(NodeId N) const { return Seen.test(N); }

  /// Visits what Start reaches and was not seen, in no order that matters.
  void visit(NodeId Start) {
    if (Seen.test(Start))
      return;
    Seen.set(Start);
    Queue.assign(1, Start);
    for (size_t I = 0; I < Queue.size(); ++I) {
      prefetchAhead(G, Queue, I);
      for (const Edge &E : G.from(Queue[I]))
        if (!Seen.test(E.To)) {
          Seen.set(E.To);
          Queue.push_back(E.To);
        }
    }
  }

  /// The same depth first; calls Leave for each node when all that it reaches was visited.
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
  std::vector<NodeId> Queue;
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
    Reached.visit(N);
  };
  for (NodeId N : Starts)
    if (all_of(Reverse.into(N), [N](NodeId From) { return From == N; }))
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
