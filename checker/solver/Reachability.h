// What can be reached from where, by the paths that are easiest to believe.
#ifndef WEIR_SOLVER_REACHABILITY_H
#define WEIR_SOLVER_REACHABILITY_H

#include "solver/CallGraph.h"

namespace weir {

/// One step of a path: an edge, and the node it starts at.
struct Step {
  NodeId From;
  uint32_t Edge;
};
using Path = std::vector<Step>;

/// The graph with its edges turned round.
class ReverseGraph {
public:
  explicit ReverseGraph(const CallGraph &G);
  /// Where the edges that end at N start, ascending; a node once for each edge.
  llvm::ArrayRef<NodeId> into(NodeId N) const { return Starts[N]; }
  /// The same for all nodes.
  const Rows<NodeId> &rows() const { return Starts; }

private:
  Rows<NodeId> Starts;
};

/// The first edge from one node to another, which must have one.
uint32_t firstEdgeBetween(const CallGraph &G, NodeId From, NodeId To);

/// What a search knows of a node: how far it is, None where no path leads, and its neighbour on the
/// cheapest path. Side by side, since who looks at the one often writes the other.
struct PathMark {
  uint32_t Distance = None;
  NodeId Neighbour = None;
};

/// The cheapest paths from any root to every node.
class FromRoots {
public:
  explicit FromRoots(const CallGraph &G);
  /// The same from one function.
  FromRoots(const CallGraph &G, NodeId Start);
  bool reached(NodeId N) const { return Marks[N].Distance != None; }
  /// The steps from the nearest root to N.
  Path pathTo(NodeId N) const;

private:
  FromRoots(const CallGraph &G, llvm::ArrayRef<Root> Starts);

  const CallGraph &G;
  std::vector<PathMark> Marks;
};

/// The cheapest paths from every node to one, or to the nearest of several.
class ToTarget {
public:
  ToTarget(const CallGraph &G, const ReverseGraph &Reverse, llvm::ArrayRef<NodeId> Targets);
  bool reaches(NodeId N) const { return Marks[N].Distance != None; }
  uint32_t distance(NodeId N) const { return Marks[N].Distance; }
  Path pathFrom(NodeId N) const;

private:
  const CallGraph &G;
  std::vector<PathMark> Marks;
};

/// Of some functions where execution may start, those that no other one reaches. Asked for each
/// target of the ones that lead there.
class Outermost {
public:
  Outermost(const CallGraph &G, const ReverseGraph &Reverse, std::vector<NodeId> Starts);

  /// Of the starts that lead to a target, those that no other one of them reaches; of starts that
  /// reach each other, the one nearest to the target stands for all. Each start that leads there
  /// is reached by one of them.
  std::vector<NodeId> leadingTo(const ToTarget &To) const;

private:
  const CallGraph &G;
  std::vector<NodeId> Starts;
  std::vector<NodeId> Uncalled; ///< starts that nothing calls, or only they themselves
  llvm::BitVector Below;        ///< what those reach, and they themselves
};

} // namespace weir

#endif
