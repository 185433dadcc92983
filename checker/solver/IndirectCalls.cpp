#include "solver/IndirectCalls.h"
#include "solver/AddressTaken.h"

#include "llvm/ADT/STLExtras.h"

#include <map>

using namespace llvm;

namespace weir {

std::vector<NodeId> IndirectCalls::targets(ClassId Class) const {
  std::vector<NodeId> Found;
  for (const TargetMember &M : Classes[Class].Members)
    Found.push_back(M.Function);
  for (ClassId Included : Classes[Class].Includes)
    llvm::append_range(Found, targets(Included));
  llvm::sort(Found);
  Found.erase(std::unique(Found.begin(), Found.end()), Found.end());
  return Found;
}

bool IndirectCalls::hasTarget(ClassId Class) const {
  return !Classes[Class].Members.empty() ||
         any_of(Classes[Class].Includes, [this](ClassId C) { return hasTarget(C); });
}

namespace {

/// The type ids of the scheme `generalized` for functions that return one type begin alike, since
/// the return type comes first: `_ZTSF<return type>`. So the id of a type without a prototype, less
/// its end, is what all types that agree with it begin with.
constexpr StringLiteral UnprototypedEnd = "E.generalized";

class ClassBuilder {
public:
  explicit ClassBuilder(const Program &P) : P(P), Taken(collectAddressTaken(P)) {}

  IndirectCalls run() {
    Calls.ClassOf.reserve(P.Sites.size());
    for (const Unit &U : P.Units) {
      SchemeId Scheme = Taken.Types.scheme(U.Facts);
      UnitTypes Types(Taken.Types, U.Facts);
      for (const facts::Site &S : U.Facts.Sites)
        Calls.ClassOf.push_back(classOf(S, Scheme, Types));
    }
    return std::move(Calls);
  }

private:
  ClassId classOf(const facts::Site &S, SchemeId Scheme, UnitTypes &Types) {
    if (S.Flags & facts::SiteInlineAsm)
      return once(Assembly, [] { return TargetClass{ClassKind::Assembly, {}, {}, {}}; });
    if (S.Type == 0 || Scheme == NoScheme)
      return unknownSite();
    TypeId Type = Types.id(S.Type);
    if (!(S.Flags & facts::SiteNoPrototype))
      return typed(Type);
    // A hash says nothing of the return type, so any function may agree.
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
  ClassId &slot(std::map<TypeId, ClassId> &Slots, TypeId Type) {
    return Slots.try_emplace(Type, None).first->second;
  }

  ClassId unknownSite() {
    return once(UnknownSite,
                [&] { return TargetClass{ClassKind::UnknownSite, {}, Taken.All, {}}; });
  }

  ClassId typed(TypeId Type) {
    return once(slot(Typed, Type), [&] {
      TargetClass C{ClassKind::Typed, Taken.Types.text(Type), Taken.ofType(Type), {}};
      for (TypeId Loose : Taken.Unprototyped)
        if (Loose != Type && agrees(Type, Loose))
          C.Includes.push_back(exactly(Loose));
      C.Includes.push_back(unknownFunctions(Taken.Types.schemeOf(Type)));
      return C;
    });
  }

  ClassId unprototyped(TypeId Loose) {
    return once(slot(Unprototyped, Loose), [&] {
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

  ClassId unknownFunctions(SchemeId Scheme) {
    return once(UnknownFunctions[Scheme], [&] {
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
  IndirectCalls Calls;
  ClassId Assembly = None;
  ClassId UnknownSite = None;
  ClassId UnknownFunctions[SchemeCount] = {None, None};
  std::map<TypeId, ClassId> Typed, Unprototyped, Exact;
};

} // namespace

IndirectCalls resolveIndirectCalls(const Program &P) { return ClassBuilder(P).run(); }

} // namespace weir
