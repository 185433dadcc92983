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
  /// The edges that end at N.
  llvm::ArrayRef<Step> into(NodeId N) const {
    return llvm::ArrayRef<Step>(Steps).slice(Begin[N], Begin[N + 1] - Begin[N]);
  }

private:
  std::vector<uint32_t> Begin;
  std::vector<Step> Steps;
};

/// The cheapest paths from any root to every node.
class FromRoots {
public:
  explicit FromRoots(const CallGraph &G);
  /// The same from one function.
  FromRoots(const CallGraph &G, NodeId Start);
  bool reached(NodeId N) const { return Distance[N] != None; }
  /// The steps from the nearest root to N.
  Path pathTo(NodeId N) const;

private:
  FromRoots(const CallGraph &G, llvm::ArrayRef<Root> Starts);

  std::vector<uint32_t> Distance;
  std::vector<Step> Parent;
};

/// The cheapest paths from every node to one.
class ToTarget {
public:
  ToTarget(const CallGraph &G, const ReverseGraph &Reverse, NodeId Target);
  bool reaches(NodeId N) const { return Distance[N] != None; }
  uint32_t distance(NodeId N) const { return Distance[N]; }
  Path pathFrom(NodeId N) const;

private:
  const CallGraph &G;
  NodeId Target;
  std::vector<uint32_t> Distance;
  std::vector<uint32_t> Next; ///< the edge to take
};

/// Of Starts, those that no other one reaches on a way to the target; of starts that reach each
/// other, the one nearest to the target stands for all. Every start is reached by one of them.
std::vector<NodeId> outermost(const CallGraph &G, const ReverseGraph &Reverse, const ToTarget &To,
                              const std::vector<NodeId> &Starts);

} // namespace weir

#endif
