#include "solver/Reachability.h"

#include "llvm/ADT/STLExtras.h"

#include <array>

using namespace llvm;

namespace weir {

ReverseGraph::ReverseGraph(const CallGraph &G)
    : Starts(G.size(), stripesFor(G.edgeCount(), G.size()), [&G](Stripe Part, auto Sink) {
        const auto [First, End] = Part.of(G.size());
        for (NodeId N = First; N < End; ++N)
          for (const Edge &E : G.from(N))
            Sink(E.To, N);
      }) {}

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
    G.rows().prefetchBegin(Nodes[At + Far]);
  if (At + Near < Nodes.size())
    G.rows().prefetchRow(Nodes[At + Near]);
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

ToTarget::ToTarget(const CallGraph &G, const ReverseGraph &Reverse, ArrayRef<NodeId> Targets)
    : G(G), Marks(G.size()) {
  Search<ReverseGraph> Paths(Reverse, Marks);
  for (NodeId N : Targets)
    Paths.start(N);
  // No edge out of a function is cheaper than a direct call.
  Paths.run([&](uint32_t At, NodeId N) {
    for (NodeId From : Reverse.into(N))
      if (!Paths.isFinal(From))
        Paths.goOn(At, N, From, G.cost(From, N), /*Least=*/G.isClass(From) ? 0 : 1);
  });
}

Path ToTarget::pathFrom(NodeId N) const {
  Path Steps;
  for (NodeId To = Marks[N].Neighbour; To != None; N = To, To = Marks[N].Neighbour)
    Steps.push_back({N, firstEdgeBetween(G, N, To)});
  return Steps;
}

namespace {

/// Adds to Seen what Start reaches along nodes that are not seen, in no order that matters.
void visit(const CallGraph &G, NodeId Start, BitVector &Seen) {
  if (Seen.test(Start))
    return;
  Seen.set(Start);
  std::vector<NodeId> Queue = {Start};
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
template <typename Handler>
void visitDeep(const CallGraph &G, NodeId Start, BitVector &Seen, Handler Leave) {
  struct Frame {
    NodeId Node;
    const Edge *Next, *End;
  };
  std::vector<Frame> Stack;
  auto Enter = [&](NodeId N) {
    Seen.set(N);
    Stack.push_back({N, G.from(N).begin(), G.from(N).end()});
  };
  if (!Seen.test(Start))
    Enter(Start);
  while (!Stack.empty()) {
    Frame &Top = Stack.back();
    while (Top.Next != Top.End && Seen.test(Top.Next->To))
      ++Top.Next;
    if (Top.Next == Top.End) {
      Leave(Top.Node);
      Stack.pop_back();
    } else {
      Enter((Top.Next++)->To);
    }
  }
}

} // namespace

Outermost::Outermost(const CallGraph &G, const ReverseGraph &Reverse, std::vector<NodeId> AllStarts)
    : G(G), Starts(std::move(AllStarts)), Below(G.size()) {
  for (NodeId N : Starts)
    if (all_of(Reverse.into(N), [N](NodeId From) { return From == N; })) {
      Uncalled.push_back(N);
      visit(G, N, Below);
    }
}

// What nobody calls is outermost; what it reaches is not. (What reaches a start that leads to the
// target leads there too, so that this needs no target.) That leaves the cycles that nothing else
// reaches, for which the first half of Kosaraju's algorithm tells: if one start reaches another and
// not the other way round, its visit ends later. So in falling order of the ends, each start that
// is not yet seen is outermost.
std::vector<NodeId> Outermost::leadingTo(const ToTarget &To) const {
  std::vector<NodeId> Outer;
  for (NodeId N : Uncalled)
    if (To.reaches(N))
      Outer.push_back(N);
  std::vector<NodeId> Rest;
  for (NodeId N : Starts)
    if (To.reaches(N) && !Below.test(N))
      Rest.push_back(N);
  if (Rest.empty())
    return Outer;

  llvm::sort(Rest, [&](NodeId A, NodeId B) {
    return std::pair(To.distance(A), A) < std::pair(To.distance(B), B);
  });
  BitVector IsStart(G.size());
  for (NodeId N : Rest)
    IsStart.set(N);
  BitVector Seen = Below;
  for (NodeId N = 0; N < G.size(); ++N)
    if (!To.reaches(N)) // leads nowhere: not to be visited
      Seen.set(N);
  BitVector Ending = Seen;
  std::vector<NodeId> Ended;
  for (NodeId N : Rest)
    visitDeep(G, N, Ending, [&](NodeId Left) {
      if (IsStart.test(Left))
        Ended.push_back(Left);
    });
  for (NodeId N : llvm::reverse(Ended))
    if (!Seen.test(N)) {
      Outer.push_back(N);
      visit(G, N, Seen);
    }
  return Outer;
}

} // namespace weir
