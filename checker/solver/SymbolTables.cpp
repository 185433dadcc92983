// Finds the functions of the inputs' symbol tables among the nodes.
//
// The facts say what was compiled, the symbol tables what is there. Where a table names a function
// without facts, that is kept as unknown: it may do anything.

#include "solver/Program.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Path.h"

#include <map>

using namespace llvm;

namespace weir {
namespace {

/// The function that a name made by a compiler or linker was made from: a clone `f.part.0`, a
/// renamed local `f.llvm.123`, a veneer. Empty when Name is not of that kind.
StringRef originOf(StringRef Name) {
  StringRef Origin = Name;
  if (Origin.consume_front("__")) {
    if (Origin.consume_back("_veneer") || Origin.consume_back("_from_thumb") ||
        Origin.consume_back("_from_arm"))
      return Origin;
    size_t Thunk = Origin.find("Thunk_");
    if (Thunk != StringRef::npos && (Origin.starts_with("Thumb") || Origin.starts_with("ARM")))
      return Origin.drop_front(Thunk + strlen("Thunk_"));
  }
  size_t Dot = Name.find('.', 1);
  return Dot == StringRef::npos ? StringRef() : Name.take_front(Dot);
}

/// What crtbegin.o of GCC and of LLVM brings: it registers tables of exceptions, and goes through
/// the arrays themselves.
bool isOfCompilersStart(StringRef Name) {
  return is_contained({"frame_dummy", "__do_global_dtors_aux", "__do_init", "__do_fini"}, Name);
}

/// Code that LLVM's outliner took out of functions; what it calls is in the facts of those.
bool isOutlined(StringRef Name) { return Name.starts_with("OUTLINED_FUNCTION_"); }

using CodePlace = std::pair<uint64_t, uint64_t>; ///< section and address

/// The places of one name in one symbol table. Local functions of different files are apart.
struct Symbol {
  StringRef Name;
  StringRef File; ///< as SymbolFunction::File
  std::vector<CodePlace> Places;
  bool IsStrong = false;
};

std::vector<Symbol> symbolsByName(const Input &In) {
  std::vector<SymbolFunction> Sorted = In.Functions;
  llvm::sort(Sorted, [](const SymbolFunction &A, const SymbolFunction &B) {
    return std::tie(A.Name, A.File, A.Section, A.Address) <
           std::tie(B.Name, B.File, B.Section, B.Address);
  });
  std::vector<Symbol> Symbols;
  for (const SymbolFunction &F : Sorted) {
    if (Symbols.empty() || Symbols.back().Name != F.Name || Symbols.back().File != F.File)
      Symbols.push_back({F.Name, F.File, {}, false});
    Symbols.back().IsStrong |= F.IsStrong;
    CodePlace At(F.Section, F.Address);
    if (Symbols.back().Places.empty() || Symbols.back().Places.back() != At)
      Symbols.back().Places.push_back(At);
  }
  return Symbols;
}

class Matcher {
public:
  Matcher(const InputSet &Set, Program &P) : Set(Set), P(P) {}

  void run() {
    noteImages();
    if (any_of(Set.Inputs, [](const Input &In) { return In.HasLocals; }))
      collectLocals();
    // Global names first: they say which library members are in the image, and so whose local
    // functions may be meant.
    std::vector<std::vector<Symbol>> Tables;
    for (const Input &In : Set.Inputs)
      markGlobals(In, Tables.emplace_back(symbolsByName(In)));
    findLiveMembers();
    for (auto [In, Symbols] : zip(Set.Inputs, Tables)) {
      matchTable(In, Symbols);
      findFolded(In, Symbols);
      markStarted(In, Symbols);
    }
    findWraps();
  }

private:
  void noteImages() {
    for (const Input &In : Set.Inputs) {
      if (In.Kind != InputKind::Image)
        continue;
      P.IsStaticImage = !In.IsDynamic && (P.IsStaticImage || !P.HasImage);
      P.HasImage = true;
      P.ImageHasLocals |= In.HasLocals;
    }
  }

  /// What `ld --wrap=f` makes of calls of `f` and `__real_f`. Nothing tells whether it was given,
  /// so that `f` itself is followed as well.
  void findWraps() {
    for (NodeId N : P.Wrappers) {
      StringRef Name = P.Nodes[N].Name.drop_front(Program::WrapPrefix.size());
      NodeId Wrapped = P.global(Name);
      if (Wrapped == None || !(P.Nodes[N].HasBody || P.Nodes[N].InImage))
        continue;
      P.Wraps.push_back({Wrapped, N});
      NodeId Real = P.global(("__real_" + Name).str());
      if (Real == None || P.Nodes[Real].HasBody)
        continue;
      P.Nodes[Real].HasBody = true;
      P.SameCodes.push_back({Real, Wrapped});
    }
  }

  void collectLocals() {
    for (uint32_t U = 0; U < P.Units.size(); ++U)
      for (uint32_t I = 0; I < P.Units[U].Facts.Functions.size(); ++I)
        if ((P.Units[U].Facts.Functions[I].Flags & facts::FnLocal) && P.kept(U, I))
          Locals[CachedHashStringRef(P.Nodes[P.node(U, I)].Name)].push_back(P.Functions.id(U, I));
  }

  void markGlobals(const Input &In, const std::vector<Symbol> &Symbols) {
    dropReplaced(In, Symbols);
    for (const Symbol &S : Symbols)
      if (NodeId N = P.global(S.Name); N != None) {
        P.Nodes[N].InImage |= In.Kind == InputKind::Image;
        if (P.Nodes[N].HasBody)
          mark(In, N);
      }
    for (StringRef Label : In.Labels) {
      Label.consume_front("__wrap_"); // what `ld --wrap` made of a call
      if (NodeId N = P.global(Label); N != None)
        P.Nodes[N].IsLabel = true;
    }
  }

  /// Takes away weak bodies that another replaces. An image shows that by any symbol that is not
  /// weak: linkers make hidden ones local, and one that is set to a number is only a label.
  void dropReplaced(const Input &In, const std::vector<Symbol> &Symbols) {
    if (In.FromArchive)
      return;
    const bool IsImage = In.Kind == InputKind::Image;
    DenseSet<CachedHashStringRef> Weak;
    for (const SymbolFunction &F : In.Functions)
      if (IsImage && !F.IsLocal && !F.IsStrong)
        Weak.insert(CachedHashStringRef(F.Name));
    const auto DropUnlessWeak = [&](StringRef Name) {
      if (!Weak.contains(CachedHashStringRef(Name)))
        dropWeakBody(Name);
    };
    for (const Symbol &S : Symbols)
      if (IsImage || S.IsStrong)
        DropUnlessWeak(S.Name);
    if (IsImage)
      llvm::for_each(In.Labels, DropUnlessWeak);
    llvm::for_each(In.LocalLabels, DropUnlessWeak);
  }

  void dropWeakBody(StringRef Name) {
    if (NodeId N = P.global(Name); N != None && hasWeakBodyAlone(N))
      P.Nodes[N].HasBody = false;
  }

  /// Whether what is known of a function is a weak definition. Where a file has a strong one, that
  /// is another, of which there are no facts.
  bool hasWeakBodyAlone(NodeId N) const {
    if (!P.Nodes[N].HasBody || P.Nodes[N].IsMember || P.Nodes[N].Function == None)
      return false;
    auto [U, I] = P.Functions.find(P.Nodes[N].Function);
    const uint32_t Flags = P.Units[U].Facts.Functions[I].Flags;
    return (Flags & facts::FnWeak) && !(Flags & facts::FnComdat);
  }

  /// A library's function that is there need not run: it may only share a section with one that
  /// does. So it is where execution starts only when something other than a call enters it, like
  /// a vector table or the image's entry point.
  void mark(const Input &In, NodeId N) {
    P.Nodes[N].InProgram |= !P.Nodes[N].IsMember || P.Nodes[N].Entered;
    P.Nodes[N].InImage |= In.Kind == InputKind::Image;
  }

  void findLiveMembers() {
    MemberLive.assign(P.Units.size(), false);
    for (uint32_t U = 0; U < P.Units.size(); ++U) {
      bool HasGlobal = false;
      for (uint32_t I = 0; I < P.Units[U].Facts.Functions.size() && !MemberLive[U]; ++I) {
        uint32_t Flags = P.Units[U].Facts.Functions[I].Flags;
        if (!(Flags & facts::FnDefined) || (Flags & facts::FnLocal))
          continue;
        HasGlobal = true;
        MemberLive[U] = P.kept(U, I) && P.Nodes[P.node(U, I)].InImage;
      }
      // A member with local functions alone is there or not, and no name tells.
      MemberLive[U] = MemberLive[U] || !HasGlobal;
    }
  }

  void matchTable(const Input &In, const std::vector<Symbol> &Symbols) {
    DenseMap<CodePlace, NodeId> Known;
    std::vector<const Symbol *> Pending;
    for (const Symbol &S : Symbols) {
      std::vector<NodeId> Nodes = nodesCalled(S.Name, S.File, In);
      for (NodeId N : Nodes) {
        mark(In, N);
        P.Nodes[N].InProgram |=
            any_of(S.Places, [&](CodePlace At) { return At.second == In.Entry; });
      }
      if (Nodes.size() < S.Places.size())
        Pending.push_back(&S);
      else
        for (CodePlace At : S.Places)
          Known.try_emplace(At, Nodes.front());
    }
    for (const Symbol *S : Pending)
      matchPending(In, *S, Known);
  }

  /// A name with fewer facts than places: a compiler's clone, another name of a function that is
  /// known, or unknown.
  void matchPending(const Input &In, const Symbol &S, const DenseMap<CodePlace, NodeId> &Known) {
    if (isOutlined(S.Name))
      return;
    StringRef Origin = originOf(S.Name);
    if (std::vector<NodeId> Nodes = nodesCalled(Origin, S.File, In); !Nodes.empty()) {
      for (NodeId N : Nodes)
        mark(In, N);
      return;
    }
    if (all_of(S.Places, [&](CodePlace At) { return Known.count(At); })) {
      NodeId N = P.addNode(S.Name);
      P.Nodes[N].HasBody = true;
      mark(In, N);
      for (CodePlace At : S.Places)
        if (Known.lookup(At) != N)
          P.SameCodes.push_back({N, Known.lookup(At)});
      return;
    }
    P.Unknown.push_back({S.Name, &In});
  }

  /// The nodes with a body that Name may mean in the symbol table of In. Under a File, only the
  /// functions of that file are meant: a unit's local function that was inlined leaves no symbol,
  /// and another's of the same name is another function. What a library's members were made from
  /// their facts do not say.
  std::vector<NodeId> nodesCalled(StringRef Name, StringRef File, const Input &In) const {
    std::vector<NodeId> Nodes;
    if (NodeId N = P.global(Name); N != None && P.Nodes[N].HasBody && mayBeOf(N, File))
      Nodes.push_back(N);
    auto Found = Locals.find(CachedHashStringRef(Name));
    if (Found == Locals.end())
      return Nodes;
    for (FactId Id : Found->second) {
      uint32_t U = P.Functions.find(Id).first;
      const Unit &Owner = P.Units[U];
      bool MayBe =
          Owner.isMember() ? MemberLive[U] : In.Kind == InputKind::Image || isIn(Owner, In);
      NodeId N = P.NodeOf[Id];
      if (MayBe && P.Nodes[N].HasBody && mayBeOf(N, File))
        Nodes.push_back(N);
    }
    return Nodes;
  }

  bool mayBeOf(NodeId N, StringRef File) const {
    if (File.empty() || P.Nodes[N].Function == None)
      return true;
    const Unit &Owner = P.Units[P.Functions.find(P.Nodes[N].Function).first];
    // Preprocessed, a source has another suffix.
    return Owner.isMember() || sys::path::stem(Owner.name()) == sys::path::stem(File);
  }

  /// Global functions of which there are several bodies and one piece of code. The linker may have
  /// folded bodies that are equal, or been told to take the one for the other; which one is there
  /// does not show, so that each may be.
  void findFolded(const Input &In, const std::vector<Symbol> &Symbols) {
    if (In.Kind != InputKind::Image)
      return;
    std::map<CodePlace, NodeId> At;
    for (const Symbol &S : Symbols) {
      const NodeId N = P.global(S.Name);
      if (N == None || !P.Nodes[N].HasBody || P.Nodes[N].Function == None || S.Places.size() != 1)
        continue;
      auto [Known, New] = At.try_emplace(S.Places.front(), N);
      if (New || isAlias(N) || isAlias(Known->second))
        continue;
      P.Folded.push_back({N, Known->second});
      P.Folded.push_back({Known->second, N});
    }
  }

  bool isAlias(NodeId N) const {
    auto [U, I] = P.Functions.find(P.Nodes[N].Function);
    return any_of(P.Units[U].Facts.Aliases,
                  [I = I](const facts::Alias &A) { return A.Name == I || A.Target == I; });
  }

  /// What the arrays of constructors and destructors hold, which facts of the compiler's own lists
  /// need not: source and assembly may fill them too.
  void markStarted(const Input &In, const std::vector<Symbol> &Symbols) {
    for (const StartedFunction &Started : In.Started) {
      bool HasSymbol = false;
      for (const Symbol &S : Symbols) {
        const bool IsMeant =
            Started.Name.empty()
                ? is_contained(S.Places, CodePlace(Started.Section, Started.Address))
                : S.Name == Started.Name;
        if (!IsMeant)
          continue;
        HasSymbol = true;
        const std::vector<NodeId> Nodes = nodesCalled(S.Name, S.File, In);
        for (NodeId N : Nodes)
          P.Nodes[N].RunsAtStart = P.Nodes[N].InProgram = P.Nodes[N].Entered = true;
        if (Nodes.empty() && !isOfCompilersStart(S.Name))
          P.UnknownAtStart.push_back({S.Name, &In});
      }
      if (!HasSymbol)
        markStartedElsewhere(In, Started);
    }
  }

  /// An object may name another's function. A place without a symbol may be a local label of
  /// assembly; where local symbols were stripped, the compiler's own functions have none either.
  void markStartedElsewhere(const Input &In, const StartedFunction &Started) {
    const NodeId N = Started.Name.empty() ? None : P.global(Started.Name);
    if (N != None && P.Nodes[N].HasBody)
      P.Nodes[N].RunsAtStart = P.Nodes[N].InProgram = P.Nodes[N].Entered = true;
    else if (!isOfCompilersStart(Started.Name))
      P.UnknownAtStart.push_back(
          {Started.Name.empty() ? "a function without a symbol" : Started.Name, &In});
  }

  static bool isIn(const Unit &U, const Input &In) {
    return any_of(In.Blobs, [&](const facts::Blob &B) { return B.UnitId == U.Id; });
  }

  const InputSet &Set;
  Program &P;
  DenseMap<CachedHashStringRef, SmallVector<FactId, 1>> Locals;
  std::vector<bool> MemberLive;
};

} // namespace

void matchSymbolTables(const InputSet &Set, Program &P) { Matcher(Set, P).run(); }

} // namespace weir
