// Conversions of pointers to functions from one type to another.
#ifndef WEIR_FRONTEND_POINTERCASTS_H
#define WEIR_FRONTEND_POINTERCASTS_H

#include "frontend/Declarations.h"
#include "frontend/Names.h"
#include "llvm/ADT/DenseSet.h"

namespace clang {
class Expr;
class Stmt;
} // namespace clang

namespace weir::frontend {

/// Whether an expression has the value of one below it, if not its type.
bool handsOn(const clang::Stmt *Node);

/// The type that \p Child is converted to on its way out of \p Parent, which hands its value on,
/// and whose own becomes a \p CastTo; null when it is not. The outermost conversion decides what an
/// address is used as; it reaches through what hands a value on unchanged.
clang::QualType castAround(const clang::Stmt *Parent, clang::QualType CastTo,
                           const clang::Stmt *Child);

/// Collects the casts of pointers, each pair of types once.
class PointerCasts {
public:
  PointerCasts(const TypeNamer &Types, Declarations &Out) : Types(Types), Out(Out) {}

  /// The value of \p Pointer becomes a \p CastTo.
  void add(const clang::Expr *Pointer, clang::QualType CastTo);

private:
  const TypeNamer &Types;
  Declarations &Out;
  llvm::DenseSet<std::pair<void *, void *>> Seen;
  llvm::StringSet<> Named;
};

} // namespace weir::frontend

#endif
