// The functions whose address is taken in the program, by the types under which they may be called.
#ifndef WEIR_SOLVER_ADDRESSTAKEN_H
#define WEIR_SOLVER_ADDRESSTAKEN_H

#include "solver/IndirectCalls.h"

#include <array>

namespace weir {

/// A type of one scheme. Ids of different schemes never compare equal.
using TypeId = uint32_t;

/// Schemes whose types can be compared; `none` has no types.
enum SchemeId : uint8_t { Generalized, Kcfi, NoScheme };
inline constexpr unsigned SchemeCount = 2;

class TypeTable {
public:
  TypeId intern(SchemeId Scheme, llvm::StringRef Text);
  llvm::StringRef text(TypeId Type) const { return Types[Type].second; }
  SchemeId schemeOf(TypeId Type) const { return Types[Type].first; }
  size_t size() const { return Types.size(); }

  static SchemeId scheme(const facts::UnitFacts &Facts);

private:
  std::array<llvm::DenseMap<llvm::CachedHashStringRef, TypeId>, SchemeCount> Numbers;
  std::vector<std::pair<SchemeId, llvm::StringRef>> Types;
};

/// The type ids of one unit's strings, each looked up once.
class UnitTypes {
public:
  UnitTypes(TypeTable &Table, const facts::UnitFacts &Facts)
      : Table(Table), Facts(Facts), Scheme(TypeTable::scheme(Facts)) {}

  /// The id of a type, or None for 0 and in the scheme `none`.
  TypeId id(facts::Str Type);

private:
  TypeTable &Table;
  const facts::UnitFacts &Facts;
  SchemeId Scheme;
  llvm::DenseMap<facts::Str, TypeId> Ids;
};

struct AddressTaken {
  TypeTable Types;
  std::vector<TargetMember> All; ///< each function once
  std::vector<FactId> First;     ///< by node: the first place where its address is taken, or None
  std::vector<TypeId> Unprototyped; ///< types without a prototype that functions here have

  /// The functions that a site of this type may call.
  std::vector<TargetMember> ofType(TypeId Type) const;
  /// Those of the functions whose address is taken.
  std::vector<TargetMember> among(llvm::ArrayRef<NodeId> Functions) const;
  /// The functions of which no type in this scheme is known.
  std::vector<TargetMember> unknownIn(SchemeId Scheme) const;
  /// The types with a function, ascending.
  std::vector<TypeId> typesInUse() const;

  struct Typed {
    TypeId Type;
    TargetMember Member;
  };
  std::vector<Typed> ByType; ///< sorted by type and function, each pair once
  std::array<std::vector<TargetMember>, SchemeCount> Unknown;
};

AddressTaken collectAddressTaken(const Program &P);

} // namespace weir

#endif
