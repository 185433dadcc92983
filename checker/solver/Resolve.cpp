// Symbol resolution: which definitions of a name are part of the program.

#include "solver/Program.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Parallel.h"

#include <numeric>

using namespace llvm;

namespace weir {

std::pair<uint32_t, uint32_t> FactTable::find(FactId Id) const {
  auto After = llvm::upper_bound(Base, Id);
  auto Unit = static_cast<uint32_t>(After - Base.begin() - 1);
  return {Unit, Id - Base[Unit]};
}

NodeId Program::global(StringRef Name) const { return Globals.find(NameTable::key(Name)); }

NodeId Program::addNode(StringRef Name) { return addNode(Name, NameTable::key(Name)); }

NodeId Program::addNode(StringRef Name, const NameTable::Key &Key) {
  const auto New = static_cast<NodeId>(Nodes.size());
  const NodeId Found = Globals.findOrInsert(Key, New);
  if (Found == New) {
    Nodes.emplace_back().Name = Name;
    if (Name.starts_with(WrapPrefix))
      Wrappers.push_back(New);
  }
  return Found;
}

bool Program::hasUnitWithoutSource() const {
  return any_of(Units, [](const Unit &U) {
    return !U.isMember() && U.Facts.Strings[U.Facts.Scheme] == "none";
  });
}

StringRef Program::fileOfLocal(NodeId N) const {
  if (Nodes[N].Function == None)
    return {};
  auto [U, I] = Functions.find(Nodes[N].Function);
  return Units[U].Facts.Functions[I].Flags & facts::FnLocal ? Units[U].name() : StringRef();
}

SymbolName Program::policyName(NodeId N) const {
  if (Nodes[N].Function == None)
    return Nodes[N].Name;
  auto [U, I] = Functions.find(Nodes[N].Function);
  const facts::UnitFacts &Facts = Units[U].Facts;
  const facts::Function &F = Facts.Functions[I];
  if (!(F.Flags & facts::FnDefined))
    return Nodes[N].Name;
  return {Nodes[N].Name, Units[U].name(), Facts.Strings[F.Loc.File]};
}

std::string Program::symbolOf(NodeId N) const {
  StringRef File = fileOfLocal(N);
  return File.empty() ? Nodes[N].Name.str() : (File + ":" + Nodes[N].Name).str();
}

/// How much a definition weighs against others of its name; the larger goes first.
enum class Weight : uint8_t {
  Undefined,
  NoBody, ///< defined in a unit of declarations, or a copy of a body that is elsewhere
  WeakLibrary,
  StrongLibrary,
  Weak, ///< weak or COMDAT
  Strong,
};

class Resolver {
public:
  explicit Resolver(std::vector<Unit> Units) { P.Units = std::move(Units); }

  Expected<Program> run() {
    numberFacts();
    makeNodes();
    if (Error E = chooseDefinitions())
      return E;
    if (Error E = checkAliases())
      return E;
    // What the front end writes for stack of a size that only the run knows. It calls nothing.
    if (NodeId N = P.global("alloca"); N != None)
      P.Nodes[N].HasBody = true;
    for (uint32_t U = 0; U < P.Units.size(); ++U)
      for (const facts::Address &A : P.Units[U].Facts.Addresses)
        P.Nodes[P.node(U, A.Target)].Entered |= (A.Flags & facts::AddressInInitializer) != 0;
    return std::move(P);
  }

private:
  void numberFacts() {
    for (const Unit &U : P.Units) {
      P.Functions.addUnit(U.Facts.Functions.size());
      P.Calls.addUnit(U.Facts.Calls.size());
      P.Sites.addUnit(U.Facts.Sites.size());
      P.Addresses.addUnit(U.Facts.Addresses.size());
      P.Aliases.addUnit(U.Facts.Aliases.size());
      P.Casts.addUnit(U.Facts.Casts.size());
    }
    P.NodeOf.reserve(P.Functions.size());
    P.Nodes.reserve(P.Functions.size()); // memory that is not touched is none
    P.Globals.reserve(definedCount());
    P.Kept.resize(P.Functions.size());
    IsAlias.resize(P.Functions.size());
    for (uint32_t U = 0; U < P.Units.size(); ++U)
      for (const facts::Alias &A : P.Units[U].Facts.Aliases)
        IsAlias.set(P.Functions.id(U, A.Name));
  }

  /// How many global names there are at least: those of strong definitions. Others, a template's,
  /// are defined in many units.
  size_t definedCount() const {
    std::vector<size_t> Counts(P.Units.size());
    parallelFor(0, Counts.size(), [&](size_t U) {
      constexpr uint32_t NotStrong =
          facts::FnLocal | facts::FnWeak | facts::FnComdat | facts::FnAvailableExternally;
      if (P.Units[U].Facts.Kind != facts::UnitKind::Declarations)
        Counts[U] = count_if(P.Units[U].Facts.Functions, [](const facts::Function &F) {
          return (F.Flags & (facts::FnDefined | NotStrong)) == facts::FnDefined;
        });
    });
    return std::accumulate(Counts.begin(), Counts.end(), size_t(0));
  }

  using Keys = std::vector<NameTable::Key>;

  /// Names are hashed by all threads, some units ahead of the one that looks them up.
  void makeNodes() {
    constexpr size_t Batch = 64;
    std::vector<Keys> KeysOf(std::min(Batch, P.Units.size()));
    for (size_t First = 0; First < P.Units.size(); First += Batch) {
      const size_t Count = std::min(Batch, P.Units.size() - First);
      parallelFor(0, Count, [&](size_t I) { hashNames(P.Units[First + I], KeysOf[I]); });
      for (size_t I = 0; I < Count; ++I)
        addFunctions(static_cast<uint32_t>(First + I), KeysOf[I]);
    }
  }

  static void hashNames(const Unit &U, Keys &Found) {
    Found.clear();
    for (const facts::Function &F : U.Facts.Functions) {
      const bool IsLocal = F.Flags & facts::FnLocal;
      Found.push_back(IsLocal ? NameTable::Key() : NameTable::key(U.Facts.Strings[F.Name]));
    }
  }

  void addFunctions(uint32_t U, const Keys &Of) {
    const facts::UnitFacts &Facts = P.Units[U].Facts;
    for (uint32_t I = 0; I < Facts.Functions.size(); ++I) {
      constexpr size_t Ahead = 12;
      if (I + Ahead < Of.size())
        P.Globals.prefetch(Of[I + Ahead]);
      const facts::Function &F = Facts.Functions[I];
      if ((F.Flags & facts::FnDefined) || IsAlias[P.NodeOf.size()])
        Definitions.emplace_back(U, I);
      addFunction(F, Facts.Strings[F.Name], Of[I]);
    }
  }

  /// Until a definition is chosen, the first fact of a function stands for it.
  void addFunction(const facts::Function &F, StringRef Name, const NameTable::Key &Key) {
    const auto New = static_cast<NodeId>(P.Nodes.size());
    NodeId N = New;
    if (F.Flags & facts::FnLocal)
      P.Nodes.emplace_back().Name = Name;
    else
      N = P.addNode(Name, Key);
    if (N == New)
      P.Nodes[N].Function = static_cast<FactId>(P.NodeOf.size());
    if (F.Flags & facts::FnConstructor) // said where it is listed, which need not be its own unit
      P.Nodes[N].RunsAtStart = true;
    if (F.Flags & facts::FnNonAllocating)
      P.Nodes[N].NonAllocating = true;
    P.NodeOf.push_back(N);
  }

  static Weight weigh(const Unit &U, const facts::Function &F) {
    if (U.Facts.Kind == facts::UnitKind::Declarations || (F.Flags & facts::FnAvailableExternally))
      return Weight::NoBody;
    bool Weak = F.Flags & (facts::FnWeak | facts::FnComdat);
    if (U.isLibrary())
      return Weak ? Weight::WeakLibrary : Weight::StrongLibrary;
    return Weak ? Weight::Weak : Weight::Strong;
  }

  /// Visits what defines something. Most facts of functions in a large program do not.
  template <typename Handler> Error forEachDefinition(Handler Handle) {
    for (auto [U, I] : Definitions)
      if (Error E = Handle(U, P.Functions.id(U, I), P.Units[U].Facts.Functions[I]))
        return E;
    return Error::success();
  }

  /// Two passes: the weightiest definition of each node, then the bodies that stay beside it.
  Error chooseDefinitions() {
    Best.assign(P.Nodes.size(), Weight::Undefined);
    Error Clash = forEachDefinition([&](uint32_t U, FactId Id, const facts::Function &F) -> Error {
      NodeId N = P.NodeOf[Id];
      Weight W = weigh(P.Units[U], F);
      if (W == Weight::Strong && Best[N] == Weight::Strong)
        if (Error E = strongTwice(P.Nodes[N], U))
          return E;
      if (W > Best[N])
        P.Nodes[N].Function = Id;
      Best[N] = std::max(Best[N], W);
      return Error::success();
    });
    if (Clash)
      return Clash;
    StrongLibraryTaken.resize(P.Nodes.size());
    return forEachDefinition([&](uint32_t U, FactId Id, const facts::Function &F) -> Error {
      keep(U, Id, weigh(P.Units[U], F), F);
      return Error::success();
    });
  }

  /// Two strong definitions are two builds of one unit, or what an image was linked from in spite
  /// of its linker; else the inputs are not one program.
  Error strongTwice(const Node &N, uint32_t U) {
    const Unit &First = P.Units[P.Functions.find(N.Function).first];
    const Unit &Second = P.Units[U];
    if (First.Id == Second.Id || Second.From->Kind == InputKind::Image)
      return Error::success();
    return createStringError(Second.From->Name + ": error: '" + N.Name + "' is defined in unit '" +
                             Second.name() + "' and in unit '" + First.name() + "' of '" +
                             First.From->Name + "'; give the parts of one program");
  }

  /// Decides whether the body of one definition is part of the program. The body that the linker
  /// would take is; so is each that it might take, and a copy that may have been inlined.
  void keep(uint32_t U, FactId Id, Weight W, const facts::Function &F) {
    NodeId N = P.NodeOf[Id];
    Weight B = Best[N];
    bool Stays = W == Weight::NoBody;
    if (W == Weight::Strong || W == Weight::Weak)
      Stays = W == B;
    else if (W == Weight::StrongLibrary)
      Stays = B <= Weight::Weak && !StrongLibraryTaken.test(N);
    else if (W == Weight::WeakLibrary)
      Stays = P.Nodes[N].Function == Id;
    if (!Stays)
      return;
    P.Kept.set(Id);
    if (W == Weight::StrongLibrary)
      StrongLibraryTaken.set(N);
    const Unit &Owner = P.Units[U];
    Node &Of = P.Nodes[N];
    Of.HasBody |= W != Weight::NoBody;
    Of.IsMember |= Owner.isMember() && B < Weight::Weak;
    Of.Entered |= (F.Flags & (facts::FnConstructor | facts::FnRetained)) != 0;
    // In an image the symbol table says what is there; what is entered from outside is there too.
    Of.InProgram |= !Owner.isMember() && !(F.Flags & facts::FnAvailableExternally) &&
                    (Of.Entered || Owner.From->Kind != InputKind::Image);
  }

  /// A name that is an alias of itself, through others or not, has no code.
  Error checkAliases() {
    DenseMap<NodeId, NodeId> TargetOf;
    for (uint32_t U = 0; U < P.Units.size(); ++U)
      for (const facts::Alias &A : P.Units[U].Facts.Aliases)
        if (P.kept(U, A.Name))
          TargetOf[P.node(U, A.Name)] = P.node(U, A.Target);
    for (auto [Name, Target] : TargetOf) {
      NodeId At = Target;
      for (size_t Steps = 0; TargetOf.count(At); ++Steps, At = TargetOf[At])
        if (Steps > TargetOf.size())
          return aliasCycle(TargetOf, At);
    }
    return Error::success();
  }

  /// Names the cycle through Start by its first name in order, so that the message is stable.
  Error aliasCycle(const DenseMap<NodeId, NodeId> &TargetOf, NodeId Start) {
    NodeId First = Start;
    for (NodeId At = TargetOf.lookup(Start); At != Start; At = TargetOf.lookup(At))
      if (P.Nodes[At].Name < P.Nodes[First].Name)
        First = At;
    const Unit &U = P.Units[P.Functions.find(P.Nodes[First].Function).first];
    return createStringError(U.From->Name + ": error: '" + P.Nodes[First].Name +
                             "' is an alias of itself, in unit '" + U.name() + "'; build it again");
  }

  Program P;
  BitVector IsAlias;
  std::vector<std::pair<uint32_t, uint32_t>> Definitions; ///< unit and index
  std::vector<Weight> Best;
  BitVector StrongLibraryTaken;
};

Expected<Program> resolveSymbols(std::vector<Unit> Units) {
  return Resolver(std::move(Units)).run();
}

} // namespace weir
