#include "solver/IndirectCalls.h"
#include "solver/AddressTaken.h"
#include "solver/Contents.h"
#include "solver/VirtualCalls.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"

#include <map>
#include <set>

using namespace llvm;

namespace weir {

std::vector<ClassId> IndirectCalls::closure(ClassId Class) const {
  std::vector<ClassId> Found = {Class};
  DenseSet<ClassId> Seen = {Class};
  for (size_t I = 0; I < Found.size(); ++I)
    for (ClassId Included : Classes[Found[I]].Includes)
      if (Seen.insert(Included).second)
        Found.push_back(Included);
  return Found;
}

std::vector<NodeId> IndirectCalls::targets(ClassId Class) const {
  std::vector<NodeId> Found;
  for (ClassId C : closure(Class))
    for (const TargetMember &M : Classes[C].Members)
      Found.push_back(M.Function);
  llvm::sort(Found);
  Found.erase(std::unique(Found.begin(), Found.end()), Found.end());
  return Found;
}

BitVector IndirectCalls::withTarget() const {
  std::vector<std::vector<ClassId>> IncludedBy(Classes.size());
  BitVector Found(Classes.size());
  std::vector<ClassId> Work;
  for (ClassId C = 0; C < Classes.size(); ++C) {
    for (ClassId Included : Classes[C].Includes)
      IncludedBy[Included].push_back(C);
    if (!Classes[C].Members.empty())
      Work.push_back(C);
  }
  while (!Work.empty()) {
    ClassId C = Work.back();
    Work.pop_back();
    if (Found.test(C))
      continue;
    Found.set(C);
    llvm::append_range(Work, IncludedBy[C]);
  }
  return Found;
}

namespace {

/// The type ids of the scheme `generalized` for functions that return one type begin alike, since
/// the return type comes first: `_ZTSF<return type>`. So the id of a type without a prototype, less
/// its end, is what all types that agree with it begin with.
constexpr StringLiteral UnprototypedEnd = "E.generalized";

class ClassBuilder {
public:
  ClassBuilder(const Program &P, Policy &Rules)
      : P(P), Taken(collectAddressTaken(P)), Virtual(P, Taken), Held(P, Rules),
        AllDraw(P.hasUnitWithoutSource()) {
    readCasts();
    readRetypes();
  }

  IndirectCalls run() {
    Calls.ClassOf.reserve(P.Sites.size());
    for (const Unit &U : P.Units) {
      SchemeId Scheme = Taken.Types.scheme(U.Facts);
      UnitTypes Types(Taken.Types, U.Facts);
      for (const facts::Site &S : U.Facts.Sites) {
        const auto Site = static_cast<FactId>(Calls.ClassOf.size());
        const MethodSet *Methods = Virtual.methodsOf(Site);
        const ClassId Known =
            Methods ? virtualCall(*Methods, S, Scheme, Types) : callThroughVariable(Site, S, Types);
        Calls.ClassOf.push_back(Known != None ? Known : classOf(S, Scheme, Types));
      }
    }
    while (!Pending.empty()) {
      auto [Class, Casts, Draws] = Pending.back();
      Pending.pop_back();
      for (const PointerCast &C : *Casts)
        include(Class, C);
      if (Draws) {
        ClassId Source = changed();
        Calls.Classes[Class].Includes.push_back(Source);
      }
    }
    return std::move(Calls);
  }

private:
  /// A cast of pointers between two types, by its first place in the program.
  struct PointerCast {
    TypeId From;
    bool FromNoPrototype;
    FactId Fact;
  };

  void readCasts() {
    std::set<std::pair<TypeId, TypeId>> Seen;
    for (uint32_t U = 0; U < P.Units.size(); ++U) {
      const std::vector<facts::Cast> &Casts = P.Units[U].Facts.Casts;
      UnitTypes Types(Taken.Types, P.Units[U].Facts);
      for (uint32_t I = 0; I < Casts.size(); ++I) {
        TypeId From = Types.id(Casts[I].From), To = Types.id(Casts[I].To);
        // A value of no type may have been read where a pointer to functions was written.
        if (From == None && To != None)
          Drawing.insert(To);
        if (From != None && Seen.emplace(From, To).second)
          (To == None ? Hidden : Into[To])
              .push_back(
                  {From, (Casts[I].Flags & facts::CastFromNoPrototype) != 0, P.Casts.id(U, I)});
      }
    }
  }

  /// Pointers that change their type in memory: some go where no type is known, some come from
  /// there.
  void readRetypes() {
    constexpr uint32_t Both = facts::RetypePointer | facts::RetypeUnion;
    for (const Unit &U : P.Units) {
      UnitTypes Types(Taken.Types, U.Facts);
      for (const facts::Retype &R : U.Facts.Retypes) {
        TypeId Type = Types.id(R.Type);
        if (Type == None)
          continue;
        if (R.Flags & (Both | facts::RetypeVariadic))
          Lost.insert(Type);
        if (R.Flags & (Both | facts::RetypeFetched))
          Drawing.insert(Type);
      }
    }
  }

  bool draws(TypeId Type) const { return AllDraw || Drawing.count(Type) != 0; }

  /// The functions that may have changed their type in memory, for the types read from there.
  ClassId changed() {
    if (Changed != None)
      return Changed;
    once(Changed, [] { return TargetClass{ClassKind::UnknownFunction, {}, {}, {}}; });
    for (TypeId Type : Lost) {
      ClassId Source = typed(Type);
      Calls.Classes[Changed].Includes.push_back(Source);
    }
    return Changed;
  }

  /// A call of which the methods are known; None if no function is one of them.
  ClassId virtualCall(const MethodSet &Methods, const facts::Site &S, SchemeId Scheme,
                      UnitTypes &Types) {
    const TypeId Type = S.Type == 0 ? None : Types.id(S.Type);
    const auto [Slot, New] = Virtuals.try_emplace({Methods, Type, Scheme}, None);
    if (!New)
      return Slot->second;
    std::vector<TargetMember> Members = Virtual.targets(Methods, Type);
    if (Members.empty())
      return None;
    return once(Slot->second, [&] {
      const StringRef Text = Type == None ? StringRef() : Taken.Types.text(Type);
      TargetClass C{ClassKind::Typed, Text, std::move(Members), {}};
      // A library may override a method that it has from a header.
      if (Scheme != NoScheme)
        C.Includes.push_back(withoutType(Scheme));
      return C;
    });
  }

  /// A call through variables whose contents are known; None when they are not.
  ClassId callThroughVariable(FactId Site, const facts::Site &S, UnitTypes &Types) {
    const TypeId Type = S.Type == 0 || (S.Flags & facts::SiteNoPrototype) ? None : Types.id(S.Type);
    if (Type == None)
      return None;
    const std::optional<std::vector<NodeId>> Functions = Held.of(Site);
    if (!Functions)
      return None;
    std::vector<TargetMember> Members = Taken.among(*Functions);
    // A function whose address nobody takes is stored by code that does not run, or under a name
    // that is not its own.
    if (Members.size() != Functions->size())
      return None;
    Held.use(Site);
    return once(Variables.try_emplace({Type, *Functions}, None).first->second, [&] {
      return TargetClass{ClassKind::Typed, Taken.Types.text(Type), std::move(Members), {}};
    });
  }

  /// Adds to a class what a cast brings: all that a site of the type cast from may call.
  void include(ClassId Class, const PointerCast &C) {
    ClassId Source = C.FromNoPrototype ? loose(C.From) : typed(C.From);
    Calls.Classes[Class].Includes.push_back(static_cast<ClassId>(Calls.Classes.size()));
    Calls.Classes.push_back({ClassKind::Cast, {}, {}, {Source}, C.Fact});
  }

  ClassId classOf(const facts::Site &S, SchemeId Scheme, UnitTypes &Types) {
    if (S.Flags & facts::SiteInlineAsm)
      return once(Assembly, [] { return TargetClass{ClassKind::Assembly, {}, {}, {}}; });
    if (S.Type == 0 || Scheme == NoScheme)
      return unknownSite();
    TypeId Type = Types.id(S.Type);
    return S.Flags & facts::SiteNoPrototype ? loose(Type) : typed(Type);
  }

  /// A hash says nothing of the return type, so any function may agree.
  ClassId loose(TypeId Type) {
    return Taken.Types.text(Type).ends_with(UnprototypedEnd) ? unprototyped(Type) : unknownSite();
  }

  /// The class in Slot, made by Make when it is needed first.
  template <typename Maker> ClassId once(ClassId &Slot, Maker Make) {
    if (Slot == None) {
      TargetClass Made = Make();
      Slot = static_cast<ClassId>(Calls.Classes.size());
      Calls.Classes.push_back(std::move(Made));
    }
    return Slot;
  }
  /// The same, for a class that Casts add to. They come later: types may be cast in circles.
  template <typename Maker>
  ClassId once(ClassId &Slot, const std::vector<PointerCast> &Casts, bool Draws, Maker Make) {
    if (Slot == None) {
      ClassId Made = once(Slot, Make);
      Pending.push_back({Made, &Casts, Draws});
    }
    return Slot;
  }
  ClassId &slot(std::map<TypeId, ClassId> &Slots, TypeId Type) {
    return Slots.try_emplace(Type, None).first->second;
  }

  ClassId unknownSite() {
    return once(UnknownSite,
                [&] { return TargetClass{ClassKind::UnknownSite, {}, Taken.All, {}}; });
  }

  ClassId typed(TypeId Type) {
    ClassId &Slot = slot(Typed, Type);
    if (Slot != None)
      return Slot;
    return once(Slot, Into[Type], draws(Type), [&] {
      TargetClass C{ClassKind::Typed, Taken.Types.text(Type), Taken.ofType(Type), {}};
      for (TypeId Loose : Taken.Unprototyped)
        if (Loose != Type && agrees(Type, Loose))
          C.Includes.push_back(exactly(Loose));
      C.Includes.push_back(unknownFunctions(Taken.Types.schemeOf(Type)));
      return C;
    });
  }

  ClassId unprototyped(TypeId Loose) {
    return once(slot(Unprototyped, Loose), Into[Loose], draws(Loose), [&] {
      TargetClass C{ClassKind::Unprototyped, Taken.Types.text(Loose), {}, {}};
      for (TypeId Type : Taken.typesInUse())
        if (agrees(Type, Loose))
          llvm::append_range(C.Members, Taken.ofType(Type));
      C.Includes.push_back(unknownFunctions(Taken.Types.schemeOf(Loose)));
      return C;
    });
  }

  /// The functions of one type without a prototype, to be included by the types that agree.
  ClassId exactly(TypeId Loose) {
    return once(slot(Exact, Loose), [&] {
      return TargetClass{ClassKind::Unprototyped, Taken.Types.text(Loose), Taken.ofType(Loose), {}};
    });
  }

  /// The functions of unknown type themselves, without what is cast to no type.
  ClassId withoutType(SchemeId Scheme) {
    return once(WithoutType[Scheme], [&] {
      return TargetClass{ClassKind::UnknownFunction, {}, Taken.unknownIn(Scheme), {}};
    });
  }

  ClassId unknownFunctions(SchemeId Scheme) {
    return once(UnknownFunctions[Scheme], Hidden, /*Draws=*/false, [&] {
      return TargetClass{ClassKind::UnknownFunction, {}, Taken.unknownIn(Scheme), {}};
    });
  }

  bool agrees(TypeId Type, TypeId Loose) const {
    return Taken.Types.schemeOf(Type) == Taken.Types.schemeOf(Loose) &&
           Taken.Types.text(Type).starts_with(
               Taken.Types.text(Loose).drop_back(UnprototypedEnd.size()));
  }

  const Program &P;
  AddressTaken Taken;
  VirtualCalls Virtual;
  Contents Held;
  bool AllDraw; ///< there is code that may give any pointer any type
  IndirectCalls Calls;
  ClassId Assembly = None;
  ClassId UnknownSite = None;
  ClassId UnknownFunctions[SchemeCount] = {None, None};
  std::map<TypeId, ClassId> Typed, Unprototyped, Exact;
  std::map<TypeId, std::vector<PointerCast>> Into; ///< by type cast to
  std::vector<PointerCast> Hidden;                 ///< casts to what has no type
  std::set<TypeId> Lost;    ///< types whose pointers may become something else in memory
  std::set<TypeId> Drawing; ///< types of which a pointer may be something else in memory
  ClassId Changed = None;
  std::map<std::tuple<MethodSet, TypeId, SchemeId>, ClassId> Virtuals;
  std::map<std::pair<TypeId, std::vector<NodeId>>, ClassId> Variables;
  ClassId WithoutType[SchemeCount] = {None, None};
  /// Classes to which casts, and what changed its type in memory, are yet to be added.
  struct Unfinished {
    ClassId Class;
    const std::vector<PointerCast> *Casts;
    bool Draws;
  };
  std::vector<Unfinished> Pending;
};

} // namespace

IndirectCalls resolveIndirectCalls(const Program &P, Policy &Rules) {
  return ClassBuilder(P, Rules).run();
}

} // namespace weir
