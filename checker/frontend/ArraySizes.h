// Arrays of variable length: what is evaluated where a type is written.
#ifndef WEIR_FRONTEND_ARRAYSIZES_H
#define WEIR_FRONTEND_ARRAYSIZES_H

#include "llvm/ADT/SmallVector.h"

namespace clang {
class ASTContext;
class Expr;
class QualType;
} // namespace clang

namespace weir::frontend {

/// The sizes in \p T, in the order of the source. What stands behind a name of a type was evaluated
/// where that was declared. C11 6.7.6.2, and 6.7.2.5 of C23 for typeof.
llvm::SmallVector<const clang::Expr *, 2> sizesIn(clang::QualType T,
                                                  const clang::ASTContext &Context);

} // namespace weir::frontend

#endif
