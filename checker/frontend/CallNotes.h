// Where calls stand in a body, and what the pointers among them come from.
#ifndef WEIR_FRONTEND_CALLNOTES_H
#define WEIR_FRONTEND_CALLNOTES_H

#include "frontend/Declarations.h"
#include "frontend/Names.h"
#include "frontend/Variables.h"

namespace clang {
class CallExpr;
class CXXConstructExpr;
class CXXDeleteExpr;
class CXXMethodDecl;
class NamedDecl;
} // namespace clang

namespace weir::frontend {

/// What \p Call calls, when its callee is a function's name in whatever dress; else null.
const clang::FunctionDecl *calledFunction(const clang::CallExpr *Call);

/// Writes the acts of one body after another into a Declarations. Refers to what it is given.
class CallNotes {
public:
  CallNotes(clang::ASTContext &Context, SymbolNamer &Symbols, const TypeNamer &Types,
            VariableFacts &Variables, Declarations &Out)
      : Context(Context), Symbols(Symbols), Types(Types), Variables(Variables), Out(Out) {}

  /// Begins a new body; returns its number in Out.Bodies.
  unsigned beginBody();
  /// What follows runs before main.
  void endBody() { Current = 0; }
  bool isInBody() const { return Current != 0; }

  void note(Act What, clang::SourceLocation Where, llvm::StringRef Name);
  void noteFunction(Act What, clang::SourceLocation Where, const clang::NamedDecl *Function);
  void call(const clang::CallExpr *Call);
  void construct(const clang::CXXConstructExpr *Construct);
  void destroy(const clang::CXXDeleteExpr *Delete);
  /// An object of type \p T will be destroyed, if that is a call.
  void destroyLater(clang::QualType T, clang::SourceLocation Where);

private:
  void callPointer(const clang::CallExpr *Call);
  void callMethod(const clang::CXXMethodDecl *Method);
  void passVariadic(const clang::CallExpr *Call);

  clang::ASTContext &Context;
  SymbolNamer &Symbols;
  const TypeNamer &Types;
  VariableFacts &Variables;
  Declarations &Out;
  unsigned Current = 0; ///< index into Out.Bodies
};

} // namespace weir::frontend

#endif
