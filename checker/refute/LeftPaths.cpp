#include "refute/LeftPaths.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace weir {

std::optional<Path> LeftPaths::cheapest(const std::vector<LeftCall> &Calls, const ToTarget &To) {
  std::optional<Path> Best;
  for (const LeftCall &Call : Calls) {
    std::optional<Path> Found = pathBy(Call, To);
    if (Found && (!Best || cost(*Found) < cost(*Best)))
      Best = std::move(Found);
  }
  return Best;
}

std::optional<Path> LeftPaths::pathBy(const LeftCall &Call, const ToTarget &To) {
  const NodeId Entered = entered(Call, To);
  if (Entered == None)
    return std::nullopt;
  Path Steps;
  if (!follow(Call.Trail, Entered, Steps)) {
    // The trail was lost: by the graph, then.
    const NodeId Start = Call.Trail.front().From;
    const FromRoots &From = Starts.try_emplace(Start, G, Start).first->second;
    if (!From.reached(Entered))
      return std::nullopt;
    Steps = From.pathTo(Entered);
  }
  llvm::append_range(Steps, To.pathFrom(Entered));
  return Steps;
}

/// The function that a call names, or the class that it goes through, if To leads on from there;
/// None if not. Where it is not known which call it is, the cheapest of its caller's classes.
NodeId LeftPaths::entered(const LeftCall &Call, const ToTarget &To) const {
  if (Call.Callee != None)
    return To.reaches(Call.Callee) ? Call.Callee : None;
  const Hop &Last = Call.Trail.back();
  if (Last.Edge != None)
    return To.reaches(G.edge(Last.Edge).To) ? G.edge(Last.Edge).To : None;
  NodeId Best = None;
  for (const Edge &E : G.from(Last.From))
    if (E.kind() == EdgeKind::Site && To.reaches(E.To) &&
        (Best == None ||
         G.cost(Last.From, E.To) + To.distance(E.To) < G.cost(Last.From, Best) + To.distance(Best)))
      Best = E.To;
  return Best;
}

bool LeftPaths::follow(const std::vector<Hop> &Trail, NodeId End, Path &Steps) {
  for (size_t I = 0; I < Trail.size(); ++I)
    if (!goOn(Trail[I], I + 1 < Trail.size() ? Trail[I + 1].From : End, Steps))
      return false;
  return true;
}

/// Adds the steps of one hop: its edge, if that is known; one through a pointer may have become a
/// call of a function that its class leads to. Else any edge between the two is as good a guess.
bool LeftPaths::goOn(const Hop &From, NodeId To, Path &Steps) {
  if (From.Edge != None && G.edge(From.Edge).To == To) {
    Steps.push_back({From.From, From.Edge});
    return true;
  }
  const LastSteps &Last = Ends.try_emplace(To, G, Reverse, To).first->second;
  if (From.Edge != None && Last.has(G.edge(From.Edge).To)) {
    Steps.push_back({From.From, From.Edge});
    llvm::append_range(Steps, Last.from(G.edge(From.Edge).To));
    return true;
  }
  if (!Last.has(From.From))
    return false;
  llvm::append_range(Steps, Last.from(From.From));
  return true;
}

unsigned LeftPaths::cost(const Path &Steps) const {
  unsigned Sum = 0;
  for (const Step &S : Steps)
    Sum += G.cost(S.From, G.edge(S.Edge).To);
  return Sum;
}

} // namespace weir
