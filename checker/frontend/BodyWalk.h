// The walk through bodies and initialisers: mentions of functions, and what else is to be noted.
#ifndef WEIR_FRONTEND_BODYWALK_H
#define WEIR_FRONTEND_BODYWALK_H

#include "frontend/CallNotes.h"
#include "frontend/Declarations.h"
#include "frontend/Names.h"
#include "frontend/PointerCasts.h"
#include "frontend/Variables.h"
#include "clang/AST/Stmt.h"
#include "llvm/ADT/ArrayRef.h"

namespace clang {
class BlockDecl;
class CallExpr;
class DeclRefExpr;
class DeclStmt;
class Expr;
class ParmVarDecl;
class UnaryExprOrTypeTraitExpr;
class VarDecl;
} // namespace clang

namespace weir::frontend {

/// Reads one body or initialiser after another into a Declarations.
class BodyWalk {
public:
  BodyWalk(clang::ASTContext &Context, SymbolNamer &Symbols, const TypeNamer &Types,
           Declarations &Out)
      : Context(Context), Symbols(Symbols), Types(Types), Casts(Types, Out),
        Variables(Context, Symbols, Types, Out), Notes(Context, Symbols, Types, Variables, Out),
        Out(Out) {}

  VariableFacts &variables() { return Variables; }

  /// What runs before main is one body, Out.Bodies.front().
  void initializer(const clang::VarDecl *Variable);

  /// Returns the number of the body in Out.Bodies.
  unsigned body(const clang::FunctionDecl *Function);

private:
  /// An expression to visit, and the pointer type its value is converted to on the way out.
  struct Item {
    const clang::Stmt *Node;
    clang::QualType CastTo;
    bool Leaving = false; ///< what is below a call was visited
  };
  using WorkList = llvm::SmallVectorImpl<Item>;

  void walk(const clang::Stmt *Top, bool Static);
  void visit(const Item &I, bool Static, WorkList &Work);
  bool passBy(const clang::Stmt *Node, WorkList &Work);
  void children(const Item &Parent, bool Static, WorkList &Work);
  void other(const clang::Stmt *Node, bool Static);
  bool variable(const clang::Stmt *Node, WorkList &Work);
  void within(const clang::Expr *Variable, WorkList &Work);
  void locals(const clang::DeclStmt *Declared, WorkList &Work);
  void parameters(llvm::ArrayRef<clang::ParmVarDecl *> Parameters);
  void sizes(clang::QualType Written, WorkList &Work);
  void sizesNamedBy(const clang::Stmt *Node, WorkList &Work);
  void measured(const clang::UnaryExprOrTypeTraitExpr *Trait, WorkList &Work);
  void blocks();
  void operands(const clang::CallExpr *Call, WorkList &Work);
  std::string holder();
  void mention(const clang::DeclRefExpr *Mention, clang::QualType CastTo, bool Static);

  clang::ASTContext &Context;
  SymbolNamer &Symbols;
  const TypeNamer &Types;
  PointerCasts Casts;
  VariableFacts Variables;
  CallNotes Notes;
  Declarations &Out;
  const clang::FunctionDecl *Function = nullptr; ///< whose body it is
  const clang::VarDecl *Object = nullptr;        ///< whose initialiser it is
  std::vector<const clang::BlockDecl *> Blocks;  ///< met, and not walked yet
  std::vector<const clang::Stmt *> Captured;     ///< the same of captured statements
};

} // namespace weir::frontend

#endif
