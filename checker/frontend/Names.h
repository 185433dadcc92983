// Names of types, symbols and places, as they will stand in the object and in the facts.
#ifndef WEIR_FRONTEND_NAMES_H
#define WEIR_FRONTEND_NAMES_H

#include "frontend/TypeScheme.h"
#include "clang/AST/Mangle.h"
#include "clang/AST/Type.h"
#include "llvm/ADT/DenseMap.h"
#include <memory>
#include <string>
#include <vector>

namespace clang {
class ASTContext;
class FunctionDecl;
} // namespace clang

namespace weir::frontend {

/// The function type behind a pointer or a member pointer, or \p T itself when it is one;
/// canonical. Null when there is none.
clang::QualType functionTypeOf(clang::QualType T);

/// Names function types as code generation does, so that the strings can be compared.
class TypeNamer {
public:
  TypeNamer(clang::ASTContext &Context, TypeScheme Scheme);

  /// The id of function type \p T, or empty when it has none that other units share. The text lives
  /// as long as this object.
  llvm::StringRef name(clang::QualType T) const;

private:
  std::string mangle(clang::QualType T) const;

  clang::ASTContext &Context;
  const TypeScheme Scheme;
  const std::unique_ptr<clang::MangleContext> Mangler;
  mutable llvm::DenseMap<const void *, std::unique_ptr<std::string>> Known; ///< by canonical type
};

/// Names symbols.
class SymbolNamer {
public:
  explicit SymbolNamer(clang::ASTContext &Context) : Mangler(Context) {}

  std::string symbol(const clang::Decl *D);

  /// A constructor or destructor is several functions, all of one body.
  std::vector<std::string> symbols(const clang::FunctionDecl *Function);

private:
  clang::ASTNameGenerator Mangler;
};

} // namespace weir::frontend

#endif
