// The walk through bodies and initialisers: mentions of functions, casts of pointers to them, and
// where calls stand.
#ifndef WEIR_FRONTEND_BODYWALK_H
#define WEIR_FRONTEND_BODYWALK_H

#include "frontend/Declarations.h"
#include "frontend/Names.h"
#include "frontend/Variables.h"
#include "clang/AST/Stmt.h"
#include "llvm/ADT/DenseSet.h"

namespace clang {
class CallExpr;
class CastExpr;
class CXXConstructExpr;
class CXXDeleteExpr;
class CXXMethodDecl;
class DeclRefExpr;
class DeclStmt;
class Expr;
class NamedDecl;
class VarDecl;
} // namespace clang

namespace weir::frontend {

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

/// Reads one body or initialiser after another into a Declarations.
class BodyWalk {
public:
  BodyWalk(clang::ASTContext &Context, SymbolNamer &Symbols, const TypeNamer &Types,
           Declarations &Out)
      : Context(Context), Symbols(Symbols), Types(Types), Casts(Types, Out),
        Variables(Context, Symbols, Types, Out), Out(Out) {}

  VariableFacts &variables() { return Variables; }

  /// What runs before main is one body, Out.Bodies.front().
  void initializer(const clang::VarDecl *Variable, std::string Holder);

  /// \p Symbol is one of the function's. Returns the number of the body in Out.Bodies.
  unsigned body(const clang::FunctionDecl *Function, std::string Symbol);

  /// Lambdas met in bodies, which nothing else announces; the list is then empty.
  std::vector<const clang::FunctionDecl *> takeLambdas() { return std::exchange(Lambdas, {}); }

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
  void children(const Item &Parent, bool Static, WorkList &Work);
  void other(const clang::Stmt *Node, bool Static);
  bool variable(const clang::Stmt *Node, WorkList &Work);
  void within(const clang::Expr *Variable, WorkList &Work);
  void passVariadic(const clang::CallExpr *Call);
  void callMethod(const clang::CXXMethodDecl *Method);
  void locals(const clang::DeclStmt *Declared, WorkList &Work);
  void lambda(const clang::Stmt *Node, WorkList &Work);
  void operands(const clang::CallExpr *Call, WorkList &Work);
  void call(const clang::CallExpr *Call);
  void callPointer(const clang::CallExpr *Call);
  void construct(const clang::CXXConstructExpr *Construct);
  void destroy(const clang::CXXDeleteExpr *Delete);
  void destroyLater(clang::QualType T, clang::SourceLocation Where);
  void mention(const clang::DeclRefExpr *Mention, clang::QualType CastTo, bool Static);
  void note(Act What, clang::SourceLocation Where, llvm::StringRef Name);
  void noteFunction(Act What, clang::SourceLocation Where, const clang::NamedDecl *Function);

  clang::ASTContext &Context;
  SymbolNamer &Symbols;
  const TypeNamer &Types;
  PointerCasts Casts;
  VariableFacts Variables;
  Declarations &Out;
  std::string Holder;
  unsigned Current = 0; ///< index into Out.Bodies
  std::vector<const clang::FunctionDecl *> Lambdas;
};

} // namespace weir::frontend

#endif
