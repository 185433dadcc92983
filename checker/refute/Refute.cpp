#include "refute/Refute.h"
#include "refute/LeftPaths.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/ThreadPool.h"

#include <algorithm>
#include <map>

using namespace llvm;

namespace weir {
namespace {

class Refuter {
public:
  Refuter(const Program &P, const CallGraph &G, const FromRoots &Reached,
          const ExtractOptions &Options, raw_ostream &Talk)
      : P(P), G(G), Reached(Reached), Options(Options), Talk(Talk) {
    for (const Root &R : G.Roots)
      if (R.Kind == RootKind::Named)
        Named.insert(R.Node);
  }

  Expected<std::vector<Witness>> run(std::vector<Witness> &Paths) {
    std::map<NodeId, Left> Starts;
    for (const Witness &W : Paths)
      if (Named.contains(startOf(W))) {
        Starts.try_emplace(startOf(W));
        if (WayTo.try_emplace(W.Target, Ways.size()).second)
          Ways.emplace_back(G, Reverse, W.Target);
      }
    if (Starts.empty()) {
      if (!Paths.empty())
        Talk << "weir-check: warning: nothing is refuted, since the policy names none of these "
                "roots; name them in [roots]\n";
      return std::vector<Witness>();
    }
    Expected<Bodies> Code = readBodies();
    if (!Code)
      return Code.takeError();

    DefaultThreadPool Pool(hardware_concurrency(Options.Jobs));
    for (auto &[Start, Calls] : Starts)
      Pool.async(
          [&Code, Start = Start, &Calls = Calls] { Calls = unfold(Code->bitcode(), Start); });
    Pool.wait();

    auto Gone = std::stable_partition(Paths.begin(), Paths.end(), [&](const Witness &W) {
      auto Known = Starts.find(startOf(W));
      return Known == Starts.end() || isLeft(Known->second, W.Target);
    });
    std::vector<Witness> Refuted(std::make_move_iterator(Gone),
                                 std::make_move_iterator(Paths.end()));
    Paths.erase(Gone, Paths.end());
    showWhatIsLeft(Starts, Paths);
    return Refuted;
  }

private:
  static NodeId startOf(const Witness &W) { return W.Steps.front().From; }

  /// The code of the units that have a function on a way from a root to a target.
  Expected<Bodies> readBodies() {
    DenseSet<StringRef> Wanted;
    for (NodeId N = 0; N < P.Nodes.size(); ++N)
      if (P.Nodes[N].HasBody && Reached.reached(N) &&
          any_of(Ways, [&](const ToTarget &To) { return To.reaches(N); }))
        Wanted.insert(P.Units[P.Functions.find(P.Nodes[N].Function).first].name());
    Expected<std::vector<UnitCode>> Units = compileToBitcode(Options, [&](const CompileCommand &C) {
      return any_of(Wanted, [&](StringRef Name) { return isOfUnit(C, Name); });
    });
    if (!Units)
      return Units.takeError();
    for (const UnitCode &Code : *Units)
      if (!Code.WhyNot.empty())
        Talk << Code.Unit.Source << ": warning: nothing is refuted by this unit: " << Code.WhyNot
             << '\n';
    return Bodies::make(P, G, Ways, std::move(*Units), Talk);
  }

  /// What has no body may call back.
  std::vector<NodeId> withoutBody() const {
    std::vector<NodeId> Found;
    for (NodeId N = 0; N < P.Nodes.size(); ++N)
      if (!P.Nodes[N].HasBody)
        Found.push_back(N);
    return Found;
  }

  const ToTarget &wayTo(NodeId Target) const { return Ways[WayTo.lookup(Target)]; }

  /// Whether a call that was left leads to the target, by any path of the graph, or nobody knows
  /// where.
  bool isLeft(const Left &Calls, NodeId Target) const {
    auto Leads = [&](NodeId N) { return wayTo(Target).reaches(N) || ToUnknown.reaches(N); };
    return Calls.Unknown || any_of(Calls.Calls, [&](const LeftCall &Call) {
             return Call.Callee != None
                        ? Leads(Call.Callee)
                        : any_of(G.from(Call.Trail.back().From), [&](const Edge &E) {
                            return E.kind() == EdgeKind::Site && Leads(E.To);
                          });
           });
  }

  /// Lets a path go by a call that was left, unless several are to be shown: to its target or,
  /// where none leads there, to what has no facts. Where nothing is known of what is left, nothing
  /// is known to be better.
  void showWhatIsLeft(const std::map<NodeId, Left> &Starts, std::vector<Witness> &Paths) const {
    std::map<std::pair<NodeId, NodeId>, unsigned> Count;
    for (const Witness &W : Paths)
      ++Count[{startOf(W), W.Target}];
    LeftPaths Found(G, Reverse);
    for (Witness &W : Paths) {
      auto Known = Starts.find(startOf(W));
      if (Known == Starts.end() || Count[{startOf(W), W.Target}] > 1)
        continue;
      const std::vector<LeftCall> &Calls = Known->second.Calls;
      std::optional<Path> Way = Found.cheapest(Calls, wayTo(W.Target));
      if (!Way && !Known->second.Unknown)
        Way = Found.cheapest(Calls, ToUnknown);
      if (Way)
        W.Steps = std::move(*Way);
    }
  }

  const Program &P;
  const CallGraph &G;
  const FromRoots &Reached;
  const ExtractOptions &Options;
  raw_ostream &Talk;
  ReverseGraph Reverse{G};
  ToTarget ToUnknown{G, Reverse, withoutBody()};
  DenseSet<NodeId> Named;
  std::vector<ToTarget> Ways;
  DenseMap<NodeId, size_t> WayTo;
};

} // namespace

Expected<std::vector<Witness>> takeRefuted(const Program &P, const CallGraph &G,
                                           const FromRoots &Reached, std::vector<Witness> &Paths,
                                           const ExtractOptions &Options, raw_ostream &Talk) {
  return Refuter(P, G, Reached, Options, Talk).run(Paths);
}

} // namespace weir
