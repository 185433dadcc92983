// The classes of a unit, and the methods in them that nothing announces.
//
// Clang announces a class where its definition is parsed or instantiated: not one that comes from a
// precompiled header or a module, nor a lambda's. The list of types has them all.
#ifndef WEIR_FRONTEND_CLASSES_H
#define WEIR_FRONTEND_CLASSES_H

#include "llvm/ADT/SetVector.h"
#include <vector>

namespace clang {
class ASTContext;
class CXXRecordDecl;
class FunctionDecl;
class RecordDecl;
} // namespace clang

namespace weir::frontend {

struct Classes {
  std::vector<const clang::RecordDecl *> Unions;
  /// Those that are polymorphic and of which the unit makes objects, and their bases.
  llvm::SetVector<const clang::CXXRecordDecl *> Made;
  /// What the compiler writes, which runs initialisers and destructors of members; and lambdas.
  std::vector<const clang::FunctionDecl *> Methods;
};

/// All that \p Context has a type of. Call at the end of the unit.
Classes classesOf(clang::ASTContext &Context);

} // namespace weir::frontend

#endif
