// The table of a unit's functions, in order of their rows, and the strings that all tables share.
#ifndef WEIR_FRONTEND_FUNCTIONTABLE_H
#define WEIR_FRONTEND_FUNCTIONTABLE_H

#include "facts/Model.h"
#include "frontend/Declarations.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace llvm {
class Constant;
class Function;
class GlobalValue;
class Module;
} // namespace llvm

namespace weir::frontend {

/// Fills Facts.Functions, a row when it is first asked for. Refers to what it is given.
class FunctionTable {
public:
  FunctionTable(const llvm::Module &M, const Declarations &Declared, TypeScheme Scheme,
                facts::UnitFacts &Facts);

  /// The row of a function, alias or ifunc.
  uint32_t row(const llvm::GlobalValue &Symbol);
  /// The row of one whose address is taken: it tells the type too.
  uint32_t takenRow(const llvm::GlobalValue &Symbol);
  /// The row of a function that the module may not declare.
  uint32_t libraryRow(llvm::StringRef Name);
  llvm::StringRef nameOf(uint32_t Row) const;

  facts::Str intern(llvm::StringRef Text) { return Facts.Strings.intern(Text); }
  facts::Location location(const SourcePoint &Point);
  facts::Location location(RawPlace Where) { return location(Declared.point(Where)); }

private:
  uint32_t listFlags(const llvm::GlobalValue &Symbol) const;
  void describe(const llvm::GlobalValue &Symbol, facts::Function &Entry);
  void nameType(const llvm::GlobalValue &Symbol, const llvm::Function &Code,
                facts::Function &Entry);

  const llvm::Module &M;
  const Declarations &Declared;
  const TypeScheme Scheme;
  facts::UnitFacts &Facts;
  llvm::DenseMap<const llvm::GlobalValue *, uint32_t> Rows;
  llvm::StringMap<uint32_t> LibraryRows;
  llvm::SmallPtrSet<const llvm::GlobalValue *, 16> Constructors;
  llvm::SmallPtrSet<const llvm::GlobalValue *, 16> Retained;
};

/// What the source says of \p Symbol; empty when it says nothing.
DeclaredFunction declaredAs(const llvm::GlobalValue &Symbol, const Declarations &Declared);

/// Visits the entries of one of the lists that the compiler keeps, as `llvm.used`.
void forEachListed(const llvm::Module &M, llvm::StringRef Name,
                   llvm::function_ref<void(const llvm::Constant &)> Visit);

/// Clang marks a name that takes no further prefix with a leading \1.
llvm::StringRef plainName(const llvm::GlobalValue &Symbol);

} // namespace weir::frontend

#endif
