#include "solver/AddressTaken.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace weir {

TypeId TypeTable::intern(SchemeId Scheme, StringRef Text) {
  auto [Found, New] = Numbers[Scheme].try_emplace(CachedHashStringRef(Text), Types.size());
  if (New)
    Types.emplace_back(Scheme, Text);
  return Found->second;
}

SchemeId TypeTable::scheme(const facts::UnitFacts &Facts) {
  StringRef Name = Facts.Strings[Facts.Scheme];
  return Name == "generalized" ? Generalized : Name == "kcfi" ? Kcfi : NoScheme;
}

TypeId UnitTypes::id(facts::Str Type) {
  if (Type == 0 || Scheme == NoScheme)
    return None;
  auto [Found, New] = Ids.try_emplace(Type, None);
  if (New)
    Found->second = Table.intern(Scheme, Facts.Strings[Type]);
  return Found->second;
}

std::vector<TargetMember> AddressTaken::ofType(TypeId Type) const {
  std::vector<TargetMember> Members;
  auto Less = [](const Typed &T, TypeId Id) { return T.Type < Id; };
  for (auto It = llvm::lower_bound(ByType, Type, Less); It != ByType.end() && It->Type == Type;
       ++It)
    Members.push_back(It->Member);
  return Members;
}

std::vector<TargetMember> AddressTaken::among(ArrayRef<NodeId> Functions) const {
  std::vector<TargetMember> Members;
  for (NodeId N : Functions)
    if (First[N] != None)
      Members.push_back({N, First[N]});
  return Members;
}

std::vector<TargetMember> AddressTaken::unknownIn(SchemeId Scheme) const { return Unknown[Scheme]; }

std::vector<TypeId> AddressTaken::typesInUse() const {
  std::vector<TypeId> InUse;
  for (const Typed &T : ByType)
    if (InUse.empty() || InUse.back() != T.Type)
      InUse.push_back(T.Type);
  return InUse;
}

namespace {

/// Which library members a link would take, when there is no image to tell: those that define what
/// a unit or a taken member refers to.
std::vector<bool> takenMembers(const Program &P) {
  if (none_of(P.Units, [](const Unit &U) { return U.isMember(); }))
    return std::vector<bool>(P.Units.size(), true);
  std::vector<uint32_t> DefinedIn(P.Nodes.size(), None);
  std::vector<bool> Taken(P.Units.size());
  std::vector<uint32_t> Work;
  for (uint32_t U = 0; U < P.Units.size(); ++U) {
    if (!P.Units[U].isMember()) {
      Taken[U] = true;
      Work.push_back(U);
      continue;
    }
    for (uint32_t I = 0; I < P.Units[U].Facts.Functions.size(); ++I)
      if (P.kept(U, I))
        DefinedIn[P.node(U, I)] = U;
  }
  while (!Work.empty()) {
    uint32_t U = Work.back();
    Work.pop_back();
    for (uint32_t I = 0; I < P.Units[U].Facts.Functions.size(); ++I) {
      uint32_t Member = DefinedIn[P.node(U, I)];
      if (Member == None || Taken[Member])
        continue;
      Taken[Member] = true;
      Work.push_back(Member);
    }
  }
  return Taken;
}

class Collector {
public:
  explicit Collector(const Program &P) : P(P) { Result.First.assign(P.Nodes.size(), None); }

  AddressTaken run() {
    collectAddresses();
    collectFunctionTypes();
    collectUnknown();
    llvm::stable_sort(Result.ByType, [](const auto &A, const auto &B) { return key(A) < key(B); });
    auto SameFunction = [](const auto &A, const auto &B) { return key(A) == key(B); };
    Result.ByType.erase(std::unique(Result.ByType.begin(), Result.ByType.end(), SameFunction),
                        Result.ByType.end());
    llvm::sort(Result.Unprototyped);
    Result.Unprototyped.erase(std::unique(Result.Unprototyped.begin(), Result.Unprototyped.end()),
                              Result.Unprototyped.end());
    return std::move(Result);
  }

private:
  static std::pair<TypeId, NodeId> key(const AddressTaken::Typed &T) {
    return {T.Type, T.Member.Function};
  }

  /// A unit's function counts unless it was left out of the image and does not run.
  ///
  /// Machine code of a library counts only where it is part of the program. In an image it is when
  /// the function is there: it cannot have been inlined. Else a link is followed; data of a member
  /// may be asked for by a name that facts do not have, so that initialisers always count.
  bool counts(uint32_t U, const facts::Address &A, NodeId Holder) {
    if (!P.Units[U].isMember())
      return Holder == None || P.Nodes[Holder].MayRun;
    if (P.ImageHasLocals)
      return P.Nodes[P.node(U, A.Target)].InImage;
    if (P.HasImage || (A.Flags & facts::AddressInInitializer))
      return true;
    if (Members.empty())
      Members = takenMembers(P);
    return Members[U];
  }

  /// What an initialiser holds comes first: it is the better place to show in a path.
  void collectAddresses() {
    Entry.resize(P.Nodes.size());
    for (bool Initializers : {true, false})
      for (uint32_t U = 0; U < P.Units.size(); ++U) {
        const facts::UnitFacts &Facts = P.Units[U].Facts;
        UnitTypes Types(Result.Types, Facts);
        std::optional<Holders> HoldersHere;
        for (uint32_t I = 0; I < Facts.Addresses.size(); ++I) {
          const facts::Address &A = Facts.Addresses[I];
          bool InInitializer = A.Flags & facts::AddressInInitializer;
          if (InInitializer != Initializers)
            continue;
          if (!InInitializer && !HoldersHere)
            HoldersHere.emplace(P, U);
          if (!counts(U, A, InInitializer ? None : HoldersHere->of(A)))
            continue;
          addAddress(P.node(U, A.Target), P.Addresses.id(U, I), Types.id(A.Type));
          // Source code that hides the type may call under another one. Machine code has no types,
          // which says nothing.
          if ((A.Flags & facts::AddressOpaque) && !P.Units[U].isMember())
            Entry[P.node(U, A.Target)].Opaque = true;
        }
      }
  }

  void addAddress(NodeId N, FactId Address, TypeId Type) {
    if (Result.First[N] == None) {
      Result.First[N] = Address;
      Result.All.push_back({N, Address});
    }
    if (Type == None)
      Entry[N].Untyped = true;
    else
      addType(N, Type, Address, Entry[N].TakenAs);
  }

  void addType(NodeId N, TypeId Type, FactId Address, uint8_t &Schemes) {
    Schemes |= 1u << Result.Types.schemeOf(Type);
    Result.ByType.push_back({Type, {N, Address}});
  }

  /// A function may be called under its own type, however its address travelled.
  void collectFunctionTypes() {
    for (uint32_t U = 0; U < P.Units.size(); ++U) {
      const facts::UnitFacts &Facts = P.Units[U].Facts;
      UnitTypes Types(Result.Types, Facts);
      for (uint32_t I = 0; I < Facts.Functions.size(); ++I) {
        NodeId N = P.node(U, I);
        if (Result.First[N] == None || Facts.Functions[I].Type == 0)
          continue;
        TypeId Type = Types.id(Facts.Functions[I].Type);
        if (Type != None)
          addFunctionType(N, Type, Facts.Functions[I].Flags & facts::FnNoPrototype);
      }
    }
  }

  void addFunctionType(NodeId N, TypeId Type, bool NoPrototype) {
    // A hash cannot be compared but for its parameters: any site may call the function.
    if (NoPrototype && Result.Types.schemeOf(Type) != Generalized)
      return;
    addType(N, Type, Result.First[N], Entry[N].Declared);
    if (NoPrototype)
      Result.Unprototyped.push_back(Type);
  }

  void collectUnknown() {
    for (const TargetMember &M : Result.All)
      for (unsigned Scheme = 0; Scheme < SchemeCount; ++Scheme) {
        const Knowledge &K = Entry[M.Function];
        bool Known =
            !K.Opaque && ((K.Declared >> Scheme & 1) || (!K.Untyped && (K.TakenAs >> Scheme & 1)));
        if (!Known)
          Result.Unknown[Scheme].push_back(M);
      }
  }

  /// What is known of the types of one function; a bit a scheme.
  struct Knowledge {
    uint8_t Declared = 0;
    uint8_t TakenAs = 0;
    bool Untyped = false; ///< taken where the type is not known
    bool Opaque = false;  ///< taken in source code that hides the type
  };

  const Program &P;
  AddressTaken Result;
  std::vector<Knowledge> Entry; ///< by node
  std::vector<bool> Members;
};

} // namespace

AddressTaken collectAddressTaken(const Program &P) { return Collector(P).run(); }

} // namespace weir
