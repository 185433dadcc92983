#include "solver/CallGraph.h"
#include "solver/AllowedCalls.h"
#include "solver/Ifuncs.h"

#include "llvm/ADT/STLExtras.h"

#include <mutex>

using namespace llvm;

namespace weir {

static uint8_t costOf(ClassKind Kind) {
  switch (Kind) {
  case ClassKind::Typed:
    return 3;
  case ClassKind::Cast:
    return 2;
  case ClassKind::Unprototyped:
    return 10;
  case ClassKind::UnknownFunction:
    return 50;
  case ClassKind::UnknownSite:
  case ClassKind::Assembly:
    return CallGraph::MaxCost;
  }
  llvm_unreachable("every kind has a cost");
}

class GraphBuilder {
public:
  GraphBuilder(const Program &P, Policy &Rules) : P(P), Rules(Rules) {}

  CallGraph run() {
    G.Functions = P.Nodes.size();
    Roots Starts;
    // Neither needs the other, and each has a look at all of the program.
    parallelFor(0, 2, [&](size_t Half) {
      if (Half == 0) {
        Calls = resolveIndirectCalls(P, Rules);
        return;
      }
      markFunctions();
      banAliases();
      Starts = selectRoots(P, cutFunctions(), Rules);
    });
    Originals = Calls.Classes.size();
    splitAllowedClasses(
        P, Calls, [&](NodeId N) { return AllowsFrom[N]; },
        [&](NodeId Caller, NodeId Callee) { return allowed(Caller, Callee); });
    findIfuncs();
    for (const std::vector<SameCode> *Names : {&P.Folded, &P.Wraps})
      for (const SameCode &S : *Names)
        if (!cut(S.Name) && !allowed(S.Name, S.Target))
          Extra.push_back({S.Name, Edge::make(S.Target, EdgeKind::SameCode, None)});
    markUnresolved();
    const size_t Nodes = G.Functions + Calls.Classes.size();
    G.Edges = Rows<Edge>(Nodes, stripesFor(P.Calls.size(), Nodes),
                         [this](Stripe S, auto Sink) { forEachEdge(S, Sink); });
    for (const TargetClass &Class : Calls.Classes)
      G.CostOfClass.push_back(costOf(Class.Kind));
    G.Classes = std::move(Calls.Classes);
    if (G.Init.any())
      dropRootsBelowInit(P, G, belowInit(), Starts.All);
    G.Roots = std::move(Starts.All);
    G.StartsInMain = Starts.StartInMain;
    return std::move(G);
  }

private:
  void markFunctions() {
    G.Banned.resize(P.Nodes.size());
    G.Init.resize(P.Nodes.size());
    G.RunsInit.resize(P.Nodes.size());
    AllowsFrom.resize(P.Nodes.size());
    for (NodeId N = 0; N < P.Nodes.size(); ++N) {
      SymbolName Name = P.nameFor(Rules, N);
      G.Banned[N] = Rules.banned(Name);
      G.Init[N] = Rules.init(Name);
      G.RunsInit[N] = Rules.runsInit(Name);
      AllowsFrom[N] = Rules.allowsFrom(Name);
    }
  }

  /// Another name of a banned function is the same code: it is banned too.
  void banAliases() {
    for (bool Changed = true; Changed;) {
      Changed = false;
      forEachAlias([&](NodeId Name, NodeId Target, FactId, bool IsIfunc) {
        if (IsIfunc || !G.Banned[Name] || G.Banned[Target])
          return;
        G.Banned.set(Target);
        G.BannedAs[Target] = Name;
        Changed = true;
      });
    }
  }

  template <typename Visitor> void forEachAlias(Visitor Visit) const {
    for (uint32_t U = 0; U < P.Units.size(); ++U) {
      const std::vector<facts::Alias> &Aliases = P.Units[U].Facts.Aliases;
      for (uint32_t I = 0; I < Aliases.size(); ++I)
        if (P.kept(U, Aliases[I].Name))
          Visit(P.node(U, Aliases[I].Name), P.node(U, Aliases[I].Target), P.Aliases.id(U, I),
                (Aliases[I].Flags & facts::AliasIfunc) != 0);
    }
    for (const SameCode &S : P.SameCodes)
      Visit(S.Name, S.Target, None, false);
  }

  BitVector cutFunctions() const {
    BitVector IsCut = G.Banned;
    IsCut |= G.Init;
    return IsCut;
  }

  bool cut(NodeId N) const { return G.Banned[N] || G.Init[N]; }

  /// The policy notes which entries were of use: one asks at a time.
  bool allowed(NodeId Caller, NodeId Callee) {
    if (!AllowsFrom[Caller])
      return false;
    const std::lock_guard<std::mutex> Alone(Asking);
    return Rules.allow(P.policyName(Caller), P.policyName(Callee)) != nullptr;
  }

  /// Machine code that is in an image calls nothing that is not: the name is a weak reference. Of a
  /// unit's call this is not said, since the compiler may have put another function in its place;
  /// nor of a name that `ld --wrap` changed.
  bool absent(uint32_t U, NodeId From, NodeId To) const {
    return P.Units[U].isMember() && P.IsStaticImage && P.Nodes[From].InImage &&
           !P.Nodes[To].InImage && !P.Nodes[To].IsLabel && P.global(P.Nodes[To].Name) == To &&
           !wrapped(P.Nodes[To].Name);
  }

  /// What the compiler may write out itself does what the language says it does, known or not.
  bool harmless(const facts::Call &Call, NodeId To) const {
    return (Call.Flags & facts::CallBuiltin) && !G.Banned[To] && !P.Nodes[To].HasBody;
  }

  bool wrapped(StringRef Name) const {
    NodeId Wrapper = P.global(("__wrap_" + Name).str());
    return Wrapper != None && P.Nodes[Wrapper].InImage;
  }

  /// A call to an ifunc reaches what its resolver may return. Where nothing is known of that, a
  /// class without target says so.
  void findIfuncs() {
    forEachAlias([&](NodeId Name, NodeId, FactId Alias, bool IsIfunc) {
      if (!IsIfunc || cut(Name))
        return;
      auto [U, I] = P.Aliases.find(Alias);
      const facts::UnitFacts &Facts = P.Units[U].Facts;
      std::vector<uint32_t> Targets = resolvable(Facts, Facts.Aliases[I].Target);
      for (uint32_t A : Targets)
        Extra.push_back({Name, Edge::make(P.node(U, Facts.Addresses[A].Target), EdgeKind::Address,
                                          P.Addresses.id(U, A))});
      if (Targets.empty()) {
        Extra.push_back(
            {Name, Edge::make(classNode(Calls.Classes.size()), EdgeKind::Alias, Alias)});
        Calls.Classes.push_back({ClassKind::Assembly, {}, {}, {}});
      }
    });
  }

  /// A class made smaller by the policy may be empty; only one that was so before is unresolved.
  void markUnresolved() {
    G.Unresolved.resize(Calls.Classes.size());
    BitVector HasTarget = Calls.withTarget();
    for (ClassId C = 0; C < Calls.Classes.size(); ++C)
      G.Unresolved[C] =
          Calls.Classes[C].Kind == ClassKind::Assembly || (C < Originals && !HasTarget[C]);
  }

  NodeId classNode(size_t Class) const { return static_cast<NodeId>(G.Functions + Class); }

  /// The edges out of a part of the units; behind the last part, those that no unit has.
  template <typename Visitor> void forEachEdge(Stripe Part, Visitor Visit) {
    const auto [First, End] = Part.of(P.Units.size());
    for (uint32_t U = First; U < End; ++U) {
      visitCalls(U, Visit);
      visitSites(U, Visit);
    }
    if (!Part.isLast())
      return;
    forEachAlias([&](NodeId Name, NodeId Target, FactId Alias, bool) {
      if (!cut(Name) && !allowed(Name, Target))
        Visit(Name,
              Edge::make(Target, Alias == None ? EdgeKind::SameCode : EdgeKind::Alias, Alias));
    });
    for (const auto &[From, E] : Extra)
      Visit(From, E);
    for (ClassId C = 0; C < Calls.Classes.size(); ++C) {
      for (const TargetMember &M : Calls.Classes[C].Members)
        Visit(classNode(C), Edge::make(M.Function, EdgeKind::Address, M.Address));
      for (ClassId Included : Calls.Classes[C].Includes)
        Visit(classNode(C), Edge::make(classNode(Included), EdgeKind::Include, None));
    }
  }

  /// The calls of one function come in a row, so that what holds for all of them is found once.
  template <typename Visitor> void visitCalls(uint32_t U, Visitor &Visit) {
    const std::vector<facts::Call> &Table = P.Units[U].Facts.Calls;
    const ArrayRef<NodeId> Nodes = P.nodesOf(U);
    const FactId First = P.Calls.id(U, 0);
    uint32_t Caller = None;
    bool Follows = false, IsPlain = false;
    for (uint32_t I = 0; I < Table.size(); ++I) {
      const facts::Call &Call = Table[I];
      const NodeId From = Nodes[Call.Caller], To = Nodes[Call.Callee];
      if (Call.Caller != Caller) {
        Caller = Call.Caller;
        Follows = P.kept(U, Caller) && !G.Banned[From];
        IsPlain = Follows && !P.Units[U].isMember() && !G.Init[From] && !AllowsFrom[From];
      }
      if (Follows && (IsPlain ? !harmless(Call, To) : follows(U, Call, From, To)))
        Visit(From, Edge::make(To, EdgeKind::Call, First + I));
    }
  }

  bool follows(uint32_t U, const facts::Call &Call, NodeId From, NodeId To) {
    return !absent(U, From, To) && !G.Init[From] && !allowed(From, To) && !harmless(Call, To);
  }

  template <typename Visitor> void visitSites(uint32_t U, Visitor &Visit) {
    const std::vector<facts::Site> &Table = P.Units[U].Facts.Sites;
    for (uint32_t I = 0; I < Table.size(); ++I) {
      NodeId From = P.node(U, Table[I].Caller);
      if (!P.kept(U, Table[I].Caller) || cut(From))
        continue;
      FactId Site = P.Sites.id(U, I);
      Visit(From, Edge::make(classNode(Calls.ClassOf[Site]), EdgeKind::Site, Site));
    }
  }

  /// What init code calls.
  std::vector<NodeId> belowInit() const {
    std::vector<NodeId> Below;
    const auto IsInit = [&](uint32_t U, uint32_t Caller) {
      const NodeId From = P.node(U, Caller);
      return G.Init[From] && !G.Banned[From] && P.kept(U, Caller);
    };
    for (uint32_t U = 0; U < P.Units.size(); ++U) {
      const facts::UnitFacts &Facts = P.Units[U].Facts;
      for (const facts::Call &Call : Facts.Calls) {
        const NodeId To = P.node(U, Call.Callee);
        if (IsInit(U, Call.Caller) && !absent(U, P.node(U, Call.Caller), To))
          Below.push_back(To);
      }
      for (uint32_t I = 0; I < Facts.Sites.size(); ++I)
        if (IsInit(U, Facts.Sites[I].Caller))
          Below.push_back(classNode(Calls.ClassOf[P.Sites.id(U, I)]));
    }
    return Below;
  }

  const Program &P;
  Policy &Rules;
  IndirectCalls Calls;
  CallGraph G;
  BitVector AllowsFrom;
  size_t Originals = 0; ///< classes before any was split
  std::vector<std::pair<NodeId, Edge>> Extra;
  std::mutex Asking; ///< held by who asks the policy
};

CallGraph buildCallGraph(const Program &P, Policy &Rules) { return GraphBuilder(P, Rules).run(); }

} // namespace weir
