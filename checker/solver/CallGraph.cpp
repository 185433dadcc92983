#include "solver/CallGraph.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"

#include <map>

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
  GraphBuilder(const Program &P, IndirectCalls Calls, Policy &Rules)
      : P(P), Rules(Rules), Calls(std::move(Calls)) {}

  CallGraph run() {
    G.Functions = P.Nodes.size();
    markFunctions();
    banAliases();
    selectRoots();
    splitAllowedClasses();
    findIfuncs();
    for (const std::vector<SameCode> *Names : {&P.Folded, &P.Wraps})
      for (const SameCode &S : *Names)
        if (!cut(S.Name) && !allowed(S.Name, S.Target))
          Extra.push_back({S.Name, Edge::make(S.Target, EdgeKind::SameCode, None)});
    markUnresolved();
    buildEdges();
    for (const TargetClass &Class : Calls.Classes)
      G.CostOfClass.push_back(costOf(Class.Kind));
    G.Classes = std::move(Calls.Classes);
    if (G.Init.any())
      dropRootsBelowInit();
    return std::move(G);
  }

private:
  /// Where a function is defined costs a search, and is seldom asked.
  SymbolName nameOf(NodeId N) const {
    return Rules.namesFiles() ? P.policyName(N) : SymbolName(P.Nodes[N].Name);
  }

  void markFunctions() {
    G.Banned.resize(P.Nodes.size());
    G.Init.resize(P.Nodes.size());
    G.RunsInit.resize(P.Nodes.size());
    AllowsFrom.resize(P.Nodes.size());
    for (NodeId N = 0; N < P.Nodes.size(); ++N) {
      SymbolName Name = nameOf(N);
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

  void selectRoots() {
    DenseMap<NodeId, std::vector<StringRef>> Annotations = annotations();
    for (NodeId N = 0; N < P.Nodes.size(); ++N) {
      const Node &Of = P.Nodes[N];
      auto Known = Annotations.find(N);
      RootTraits Traits{Of.InProgram, Of.NonAllocating};
      if (Known != Annotations.end())
        Traits.Annotations = Known->second;
      Traits.MayRun = Of.MayRun;
      RootKind Kind = Rules.root(nameOf(N), Traits);
      if (Kind != RootKind::None && !G.Banned[N] && !G.Init[N])
        G.Roots.push_back({N, Kind});
    }
    addConstructors();
  }

  /// Where execution starts in main by name, it starts in the constructors too, which run before
  /// main, and in the destructors after it.
  void addConstructors() {
    auto IsMain = [&](const Root &R) {
      return R.Kind == RootKind::Named && P.Nodes[R.Node].Name == "main";
    };
    G.StartsInMain = any_of(G.Roots, IsMain);
    if (!G.StartsInMain)
      return;
    BitVector IsRoot(P.Nodes.size());
    for (const Root &R : G.Roots)
      IsRoot.set(R.Node);
    for (NodeId N = 0; N < P.Nodes.size(); ++N)
      if (P.Nodes[N].RunsAtStart && P.Nodes[N].InProgram && !IsRoot[N] && !G.Banned[N] &&
          !G.Init[N])
        G.Roots.push_back({N, RootKind::Named});
    llvm::sort(G.Roots, [](const Root &A, const Root &B) { return A.Node < B.Node; });
  }

  DenseMap<NodeId, std::vector<StringRef>> annotations() const {
    DenseMap<NodeId, std::vector<StringRef>> Found;
    for (uint32_t U = 0; U < P.Units.size(); ++U)
      for (const facts::Annotation &A : P.Units[U].Facts.Annotations)
        Found[P.node(U, A.Target)].push_back(P.Units[U].Facts.Strings[A.Text]);
    return Found;
  }

  /// Code that only init code calls is part of init: it does not start anything by itself. It does
  /// where the policy names it, where something other than a call may enter it, or where anything
  /// that is not below init code reaches it.
  void dropRootsBelowInit() {
    BitVector Below = reached(BelowInit);
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
    for (const Root &R : make_filter_range(G.Roots, Starts))
      Outside.push_back(R.Node);
    BitVector FromOutside = reached(std::move(Outside));
    erase_if(G.Roots, [&](const Root &R) { return !Starts(R) && !FromOutside[R.Node]; });
  }

  /// What these nodes reach in the graph, themselves among it.
  BitVector reached(std::vector<NodeId> Work) const {
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

  bool cut(NodeId N) const { return G.Banned[N] || G.Init[N]; }

  bool allowed(NodeId Caller, NodeId Callee) {
    return AllowsFrom[Caller] && Rules.allow(P.policyName(Caller), P.policyName(Callee));
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

  /// A caller that may call some functions of a class has a class of its own without them.
  void splitAllowedClasses() {
    Split.assign(Calls.ClassOf.size(), None);
    Originals = Calls.Classes.size();
    std::map<std::pair<NodeId, ClassId>, ClassId> Done;
    for (uint32_t U = 0; U < P.Units.size(); ++U) {
      const std::vector<facts::Site> &Sites = P.Units[U].Facts.Sites;
      for (uint32_t I = 0; I < Sites.size(); ++I) {
        NodeId Caller = P.node(U, Sites[I].Caller);
        if (!AllowsFrom[Caller] || !P.kept(U, Sites[I].Caller))
          continue;
        FactId Site = P.Sites.id(U, I);
        auto [Found, New] = Done.try_emplace({Caller, Calls.ClassOf[Site]}, None);
        if (New)
          Found->second = withoutAllowed(Caller, Calls.ClassOf[Site]);
        Split[Site] = Found->second;
      }
    }
  }

  /// A copy of Class, and of what it includes, without what Caller may call; Class itself when
  /// that is nothing.
  ClassId withoutAllowed(NodeId Caller, ClassId Class) {
    const std::vector<ClassId> Parts = Calls.closure(Class);
    std::vector<TargetClass> Copies;
    DenseMap<ClassId, ClassId> CopyOf;
    bool Changed = false;
    for (ClassId Part : Parts) {
      TargetClass Copy = Calls.Classes[Part];
      llvm::erase_if(Copy.Members,
                     [&](const TargetMember &M) { return allowed(Caller, M.Function); });
      Changed |= Copy.Members.size() != Calls.Classes[Part].Members.size();
      CopyOf[Part] = static_cast<ClassId>(Calls.Classes.size() + Copies.size());
      Copies.push_back(std::move(Copy));
    }
    if (!Changed)
      return Class;
    for (TargetClass &Copy : Copies) {
      for (ClassId &Included : Copy.Includes)
        Included = CopyOf[Included];
      Calls.Classes.push_back(std::move(Copy));
    }
    return CopyOf[Class];
  }

  /// The names of a function and of what it calls in its unit, directly or not.
  static DenseSet<facts::Str> namesBelow(const facts::UnitFacts &Facts, uint32_t Function) {
    std::vector<uint32_t> Work = {Function};
    DenseSet<facts::Str> Names;
    while (!Work.empty()) {
      uint32_t F = Work.back();
      Work.pop_back();
      if (Names.insert(Facts.Functions[F].Name).second)
        for (const facts::Call &C : Facts.Calls)
          if (C.Caller == F)
            Work.push_back(C.Callee);
    }
    return Names;
  }

  /// The addresses that a resolver may return: those that it holds, or what it calls, and those of
  /// the same types in the unit's tables, which it may read.
  static std::vector<uint32_t> resolvable(const facts::UnitFacts &Facts, uint32_t Resolver) {
    DenseSet<facts::Str> Holders = namesBelow(Facts, Resolver), Types;
    auto Holds = [&](const facts::Address &A) {
      return !(A.Flags & facts::AddressInInitializer) && Holders.contains(A.Holder);
    };
    for (const facts::Address &A : Facts.Addresses)
      if (Holds(A))
        Types.insert(A.Type);
    std::vector<uint32_t> Found;
    for (auto [I, A] : enumerate(Facts.Addresses))
      if (Holds(A) || ((A.Flags & facts::AddressInInitializer) && Types.contains(A.Type)))
        Found.push_back(static_cast<uint32_t>(I));
    return Found;
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

  /// Counts, then fills: two visits, no lists.
  void buildEdges() {
    G.Begin.assign(G.Functions + Calls.Classes.size() + 1, 0);
    forEachEdge([&](NodeId From, Edge) { ++G.Begin[From + 1]; });
    for (size_t N = 1; N < G.Begin.size(); ++N)
      G.Begin[N] += G.Begin[N - 1];
    G.Edges.resize(G.Begin.back());
    std::vector<uint32_t> Next(G.Begin.begin(), G.Begin.end() - 1);
    forEachEdge([&](NodeId From, Edge E) { G.Edges[Next[From]++] = E; });
  }

  template <typename Visitor> void forEachEdge(Visitor Visit) {
    for (uint32_t U = 0; U < P.Units.size(); ++U) {
      visitCalls(U, Visit);
      visitSites(U, Visit);
    }
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
    if (absent(U, From, To))
      return false;
    if (!G.Init[From])
      return !allowed(From, To) && !harmless(Call, To);
    BelowInit.push_back(To);
    return false;
  }

  template <typename Visitor> void visitSites(uint32_t U, Visitor &Visit) {
    const std::vector<facts::Site> &Table = P.Units[U].Facts.Sites;
    for (uint32_t I = 0; I < Table.size(); ++I) {
      NodeId From = P.node(U, Table[I].Caller);
      if (!P.kept(U, Table[I].Caller) || G.Banned[From])
        continue;
      FactId Site = P.Sites.id(U, I);
      ClassId Class = Split[Site] == None ? Calls.ClassOf[Site] : Split[Site];
      if (G.Init[From]) {
        BelowInit.push_back(classNode(Class));
        continue;
      }
      Visit(From, Edge::make(classNode(Class), EdgeKind::Site, Site));
    }
  }

  const Program &P;
  Policy &Rules;
  IndirectCalls Calls;
  CallGraph G;
  BitVector AllowsFrom;
  std::vector<ClassId> Split; ///< by site: the class that the policy made for its caller, or None
  size_t Originals = 0;       ///< classes before any was split
  std::vector<std::pair<NodeId, Edge>> Extra;
  std::vector<NodeId> BelowInit; ///< what init code calls
};

CallGraph applyPolicy(const Program &P, IndirectCalls Calls, Policy &Rules) {
  return GraphBuilder(P, std::move(Calls), Rules).run();
}

} // namespace weir
