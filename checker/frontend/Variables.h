// What variables that hold pointers to functions are given: fields of records, and objects with
// static storage. Together with which of them a call goes through, that tells the targets of a call
// more sharply than its type.
#ifndef WEIR_FRONTEND_VARIABLES_H
#define WEIR_FRONTEND_VARIABLES_H

#include "frontend/Declarations.h"
#include "frontend/Names.h"
#include "llvm/ADT/DenseSet.h"

namespace clang {
class CastExpr;
class Expr;
class InitListExpr;
class MemberExpr;
class RecordDecl;
class ValueDecl;
class VarDecl;
} // namespace clang

namespace weir::frontend {

/// Whether \p T is a pointer to functions, or an array of those.
bool holdsFunctions(clang::QualType T);

/// The field or object that \p E denotes, or one of its elements; null when it is none whose stores
/// are known: a local variable, a member of a union.
const clang::ValueDecl *variableIn(const clang::Expr *E);

/// The same, where \p Callee loads the pointer that is called.
const clang::ValueDecl *variableCalled(const clang::Expr *Callee);

class VariableFacts {
public:
  VariableFacts(clang::ASTContext &Context, SymbolNamer &Symbols, const TypeNamer &Types,
                Declarations &Out)
      : Context(Context), Symbols(Symbols), Types(Types), Out(Out) {}

  /// The name by which all units know \p Variable. It lives as long as the Declarations.
  llvm::StringRef name(const clang::ValueDecl *Variable);

  /// \p Variable, or each of its elements, is given \p Value.
  void assign(const clang::ValueDecl *Variable, const clang::Expr *Value, bool Static);
  void initialize(const clang::InitListExpr *List, bool Static);
  void initialize(const clang::VarDecl *Variable);

  /// \p Variable is used in a way after which it may be written under another name.
  void escape(const clang::ValueDecl *Variable, clang::SourceLocation Where);
  void escapeRecord(clang::QualType T, clang::SourceLocation Where);

  /// A pointer changes what it points to: memory is seen under two types.
  void castPointer(const clang::CastExpr *Cast);
  /// The same of the bits of a whole value, as by `std::bit_cast`; of plain pointers PointerCasts
  /// knows.
  void castBits(const clang::CastExpr *Cast);
  /// A member that shares its place, with others or as part of one that does.
  void useMember(const clang::MemberExpr *Member);
  void retype(clang::QualType T, unsigned Flag, clang::SourceLocation Where);

private:
  void store(const clang::ValueDecl *Variable, StoredValue Value);

  clang::ASTContext &Context;
  SymbolNamer &Symbols;
  const TypeNamer &Types;
  Declarations &Out;
  llvm::DenseMap<const clang::ValueDecl *, llvm::StringRef> Known;
  llvm::DenseSet<const clang::ValueDecl *> Escaped;
  llvm::DenseSet<const clang::RecordDecl *> EscapedRecords;
  llvm::DenseSet<std::pair<const void *, unsigned>> Retyped;
};

} // namespace weir::frontend

#endif
