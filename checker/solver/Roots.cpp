#include "solver/Roots.h"
#include "solver/CallGraph.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace weir {
namespace {

/// Whether a function is part of what "*" stands for. What something has run at start is, even
/// where nothing is known of it.
bool isInProgram(const Node &Of) { return Of.InProgram || (Of.RunsAtStart && !Of.HasBody); }

using AnnotationMap = DenseMap<NodeId, std::vector<StringRef>>;

AnnotationMap annotations(const Program &P) {
  AnnotationMap Found;
  for (uint32_t U = 0; U < P.Units.size(); ++U)
    for (const facts::Annotation &A : P.Units[U].Facts.Annotations)
      Found[P.node(U, A.Target)].push_back(P.Units[U].Facts.Strings[A.Text]);
  return Found;
}

std::vector<Root> rootsOfPolicy(const Program &P, const BitVector &IsCut, Policy &Rules) {
  const AnnotationMap Annotations = annotations(P);
  std::vector<Root> Found;
  for (NodeId N = 0; N < P.Nodes.size(); ++N) {
    const Node &Of = P.Nodes[N];
    RootTraits Traits{isInProgram(Of), Of.NonAllocating};
    if (auto Known = Annotations.find(N); Known != Annotations.end())
      Traits.Annotations = Known->second;
    Traits.MayRun = Of.MayRun;
    const RootKind Kind = Rules.root(P.nameFor(Rules, N), Traits);
    if (Kind != RootKind::None && !IsCut[N])
      Found.push_back({N, Kind});
  }
  return Found;
}

void addConstructors(const Program &P, const BitVector &IsCut, std::vector<Root> &To) {
  BitVector IsRoot(P.Nodes.size());
  for (const Root &R : To)
    IsRoot.set(R.Node);
  for (NodeId N = 0; N < P.Nodes.size(); ++N)
    if (P.Nodes[N].RunsAtStart && isInProgram(P.Nodes[N]) && !IsRoot[N] && !IsCut[N])
      To.push_back({N, RootKind::Named});
  llvm::sort(To, [](const Root &A, const Root &B) { return A.Node < B.Node; });
}

/// What these nodes reach in the graph, themselves among it.
BitVector reached(const CallGraph &G, std::vector<NodeId> Work) {
  BitVector Seen(G.size());
  while (!Work.empty()) {
    NodeId N = Work.back();
    Work.pop_back();
    if (Seen.test(N))
      continue;
    Seen.set(N);
    for (const Edge &E : G.from(N))
      Work.push_back(E.To);
  }
  return Seen;
}

} // namespace

Roots selectRoots(const Program &P, const BitVector &IsCut, Policy &Rules) {
  Roots Found{rootsOfPolicy(P, IsCut, Rules)};
  Found.StartInMain = any_of(Found.All, [&](const Root &R) {
    return R.Kind == RootKind::Named && P.Nodes[R.Node].Name == "main";
  });
  if (Found.StartInMain)
    addConstructors(P, IsCut, Found.All);
  return Found;
}

void dropRootsBelowInit(const Program &P, const CallGraph &G, std::vector<NodeId> BelowInit,
                        std::vector<Root> &Of) {
  const BitVector Below = reached(G, std::move(BelowInit));
  // Also where no call through a pointer is known: code without facts may make one.
  BitVector IsPointedTo(G.size());
  for (uint32_t U = 0; U < P.Units.size(); ++U)
    for (const facts::Address &A : P.Units[U].Facts.Addresses)
      IsPointedTo.set(P.node(U, A.Target));
  auto Starts = [&](const Root &R) {
    return R.Kind == RootKind::Named || !Below[R.Node] || P.Nodes[R.Node].Entered ||
           IsPointedTo[R.Node];
  };
  std::vector<NodeId> Outside;
  for (const Root &R : make_filter_range(Of, Starts))
    Outside.push_back(R.Node);
  const BitVector FromOutside = reached(G, std::move(Outside));
  erase_if(Of, [&](const Root &R) { return !Starts(R) && !FromOutside[R.Node]; });
}

} // namespace weir
