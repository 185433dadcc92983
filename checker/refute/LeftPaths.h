// The paths by the calls that were left: what to show of a finding that stays.
#ifndef WEIR_REFUTE_LEFTPATHS_H
#define WEIR_REFUTE_LEFTPATHS_H

#include "refute/Unfold.h"
#include "solver/BannedPaths.h"

#include <optional>

namespace weir {

class LeftPaths {
public:
  LeftPaths(const CallGraph &G, const ReverseGraph &Reverse) : G(G), Reverse(Reverse) {}

  /// The cheapest path by one of the Calls, and on by the graph to where To leads; none where no
  /// call leads there.
  std::optional<Path> cheapest(const std::vector<LeftCall> &Calls, const ToTarget &To);

private:
  std::optional<Path> pathBy(const LeftCall &Call, const ToTarget &To);
  NodeId entered(const LeftCall &Call, const ToTarget &To) const;
  bool follow(const std::vector<Hop> &Trail, NodeId End, Path &Steps);
  bool goOn(const Hop &From, NodeId To, Path &Steps);
  unsigned cost(const Path &Steps) const;

  const CallGraph &G;
  const ReverseGraph &Reverse;
  std::map<NodeId, FromRoots> Starts;
  std::map<NodeId, LastSteps> Ends;
};

} // namespace weir

#endif
