// Which paths to banned functions are worth a finding.
#ifndef WEIR_SOLVER_BANNEDPATHS_H
#define WEIR_SOLVER_BANNEDPATHS_H

#include "solver/Reachability.h"

#include <map>

namespace weir {

/// A path from where execution starts to a function; or, where that alone may call it, to one that
/// has no facts.
struct Witness {
  Path Steps;
  NodeId Target;
};

/// The last steps of paths to one target: from the functions that call it, directly or through
/// pointers, alone.
class LastSteps {
public:
  LastSteps(const CallGraph &G, const ReverseGraph &Reverse, NodeId Target);

  /// The functions that call the target, ascending, without itself.
  std::vector<NodeId> callers() const;
  /// Whether there is a way from a function, or from a class.
  bool has(NodeId From) const { return Best.count(From) != 0; }
  /// The cheapest way from a caller, or from a class on the way.
  Path from(NodeId Caller) const;
  /// One way for each call of Caller that may go to the target; none when there is no such call.
  std::vector<Path> everyWayFrom(NodeId Caller) const;

private:
  struct Way {
    unsigned Cost;
    NodeId Next;
  };
  const CallGraph &G;
  NodeId Target;
  std::map<NodeId, Way> Best;
};

enum class PathChoice {
  Nearest,     ///< one path a start and banned function
  EveryCaller, ///< one a start, banned function and function that calls it
};

/// Paths from the roots to every banned function that is Reached. Of roots that the policy names
/// all start a path; of those that are there because of "*", the outermost ones.
std::vector<Witness> findBannedPaths(const Program &P, const CallGraph &G, const FromRoots &Reached,
                                     PathChoice Choice);

/// Paths to init code from the roots that do not run it: what calls it after init is over.
std::vector<Witness> findLateInit(const Program &P, const CallGraph &G, const FromRoots &Reached);

/// The cheapest path from Start to Target or, with EveryCaller, one by each function that calls
/// Target. Empty where there is none.
std::vector<Witness> findPathsBetween(const CallGraph &G, NodeId Start, NodeId Target,
                                      PathChoice Choice);

} // namespace weir

#endif
