#include "frontend/Variables.h"

#include "facts/Model.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/Expr.h"
#include "clang/AST/ExprCXX.h"
#include "llvm/Support/Path.h"

using namespace clang;

namespace weir::frontend {

static QualType elementOf(QualType T) {
  return T->getBaseElementTypeUnsafe()->getCanonicalTypeInternal();
}

bool holdsFunctions(QualType T) { return elementOf(T)->isFunctionPointerType(); }

static const RecordDecl *recordOf(QualType T) {
  const auto *Record = elementOf(T)->getAsRecordDecl();
  return Record ? Record->getDefinition() : nullptr;
}

const ValueDecl *variableIn(const Expr *E) {
  if (!holdsFunctions(E->getType()))
    return nullptr;
  E = E->IgnoreParens();
  while (const auto *Element = dyn_cast<ArraySubscriptExpr>(E)) {
    const auto *Decay = dyn_cast<ImplicitCastExpr>(Element->getBase()->IgnoreParens());
    if (!Decay || Decay->getCastKind() != CK_ArrayToPointerDecay)
      return nullptr;
    E = Decay->getSubExpr()->IgnoreParens();
  }
  if (const auto *Member = dyn_cast<MemberExpr>(E)) {
    const auto *Field = dyn_cast<FieldDecl>(Member->getMemberDecl());
    if (Field)
      return Field->getParent()->isUnion() ? nullptr : Field;
    return dyn_cast<VarDecl>(Member->getMemberDecl());
  }
  const auto *Name = dyn_cast<DeclRefExpr>(E);
  const auto *Object = Name ? dyn_cast<VarDecl>(Name->getDecl()) : nullptr;
  return Object && Object->hasGlobalStorage() && !Object->getType()->isReferenceType() ? Object
                                                                                       : nullptr;
}

const ValueDecl *variableCalled(const Expr *Callee) {
  while (true) {
    if (const auto *Paren = dyn_cast<ParenExpr>(Callee)) {
      Callee = Paren->getSubExpr();
    } else if (const auto *Cast = dyn_cast<ImplicitCastExpr>(Callee)) {
      if (Cast->getCastKind() == CK_LValueToRValue)
        if (const ValueDecl *Variable = variableIn(Cast->getSubExpr()))
          return Variable;
      if (Cast->getCastKind() != CK_FunctionToPointerDecay)
        return nullptr;
      Callee = Cast->getSubExpr();
    } else if (const auto *Unary = dyn_cast<UnaryOperator>(Callee);
               Unary && Unary->getOpcode() == UO_Deref) {
      Callee = Unary->getSubExpr();
    } else {
      return nullptr;
    }
  }
}

//===--- Names ------------------------------------------------------------===//

/// A record without a name is known by its place, in a file that units may know by several paths.
/// Two that share a name by accident share their targets, which is safe.
static std::string recordName(const RecordDecl *Record, const Declarations &Out) {
  if (Record->getIdentifier())
    return Record->getQualifiedNameAsString();
  if (const TypedefNameDecl *Typedef = Record->getTypedefNameForAnonDecl())
    return Typedef->getQualifiedNameAsString();
  const SourcePoint Point = Out.point(Record->getLocation().getRawEncoding());
  return (llvm::sys::path::filename(Point.File) + ":" + llvm::Twine(Point.Line) + ":" +
          llvm::Twine(Point.Column))
      .str();
}

static std::string variableName(const ValueDecl *Variable, SymbolNamer &Symbols,
                                const Declarations &Out) {
  if (const auto *Field = dyn_cast<FieldDecl>(Variable))
    return recordName(Field->getParent(), Out) + "." + Field->getNameAsString();
  const auto *Object = cast<VarDecl>(Variable);
  const auto *Function = dyn_cast<FunctionDecl>(Object->getDeclContext());
  if (Object->isStaticLocal() && Function && !Object->getASTContext().getLangOpts().CPlusPlus)
    return Function->getNameAsString() + "." + Object->getNameAsString();
  return Symbols.symbol(Object);
}

llvm::StringRef VariableFacts::name(const ValueDecl *Variable) {
  Variable = cast<ValueDecl>(Variable->getCanonicalDecl());
  auto [Found, New] = Known.try_emplace(Variable);
  if (New)
    Found->second = Out.Texts.insert(variableName(Variable, Symbols, Out)).first->getKey();
  return Found->second;
}

//===--- Stores -----------------------------------------------------------===//

void VariableFacts::store(const ValueDecl *Variable, StoredValue Value) {
  Value.Variable = name(Variable);
  Out.Stores.push_back(Value);
}

static bool isNullConstant(const Expr *Value) {
  return isa<ImplicitValueInitExpr, CXXNullPtrLiteralExpr, GNUNullExpr, IntegerLiteral,
             CXXScalarValueInitExpr>(Value);
}

void VariableFacts::assign(const ValueDecl *Variable, const Expr *Value, bool Static) {
  if (!Value)
    return;
  const unsigned Flags = Static ? facts::StoreInInitializer : 0;
  const RawPlace Where = Value->getExprLoc().getRawEncoding();
  if (const auto *List = dyn_cast<InitListExpr>(Value)) {
    for (const Expr *Element : List->inits())
      assign(Variable, Element, Static);
    return;
  }
  const Expr *Plain = Value->IgnoreParenCasts();
  if (const auto *Choice = dyn_cast<ConditionalOperator>(Plain)) {
    assign(Variable, Choice->getTrueExpr(), Static);
    assign(Variable, Choice->getFalseExpr(), Static);
    return;
  }
  if (isNullConstant(Plain))
    return;
  if (const auto *Address = dyn_cast<UnaryOperator>(Plain))
    if (Address->getOpcode() == UO_AddrOf || Address->getOpcode() == UO_Deref)
      Plain = Address->getSubExpr()->IgnoreParenCasts();
  const auto *Name = dyn_cast<DeclRefExpr>(Plain);
  if (const auto *Function = Name ? dyn_cast<FunctionDecl>(Name->getDecl()) : nullptr)
    store(Variable, {{}, Flags, Symbols.symbol(Function), {}, Where});
  else if (const ValueDecl *From = variableIn(Plain); From && holdsFunctions(Value->getType()))
    store(Variable, {{}, Flags, {}, name(From), Where});
  else
    store(Variable, {{}, Flags | facts::StoreUnknown, {}, {}, Where});
}

/// Clang computes the value of a constant in C++ without making code of what computes it.
void VariableFacts::initialize(const InitListExpr *List, bool Static) {
  const RecordDecl *Record = List->getType()->isRecordType() ? recordOf(List->getType()) : nullptr;
  if (!Record || Record->isUnion() || List->isTransparent())
    return;
  unsigned Next = 0;
  if (const auto *Class = dyn_cast<CXXRecordDecl>(Record))
    Next = Class->getNumBases();
  for (const FieldDecl *Field : Record->fields()) {
    if (Field->isUnnamedBitField())
      continue;
    if (Next >= List->getNumInits())
      return;
    const Expr *Value = List->getInit(Next++);
    if (holdsFunctions(Field->getType()))
      assign(Field, Value, Static);
    else if (Static && Value && Context.getLangOpts().CPlusPlus &&
             !isa<InitListExpr, ImplicitValueInitExpr>(Value))
      escapeRecord(Field->getType(), Value->getExprLoc());
  }
}

void VariableFacts::initialize(const VarDecl *Variable) {
  if (holdsFunctions(Variable->getType()))
    assign(Variable, Variable->getInit(), /*Static=*/true);
  else if (Context.getLangOpts().CPlusPlus && Variable->getInit() &&
           !isa<InitListExpr>(Variable->getInit()))
    escapeRecord(Variable->getType(), Variable->getLocation());
}

//===--- Escapes ----------------------------------------------------------===//

void VariableFacts::escape(const ValueDecl *Variable, SourceLocation Where) {
  if (Escaped.insert(Variable).second)
    store(Variable, {{}, facts::StoreEscape, {}, {}, Where.getRawEncoding()});
}

/// Visits the fields that hold functions, of \p T and of what is in it, but for records \p Seen.
template <typename Visitor>
static void eachHolderIn(QualType T, llvm::DenseSet<const RecordDecl *> &Seen, Visitor Visit) {
  llvm::SmallVector<const RecordDecl *, 8> Work{recordOf(T)};
  while (!Work.empty()) {
    const RecordDecl *Record = Work.pop_back_val();
    if (!Record || !Seen.insert(Record).second)
      continue;
    for (const FieldDecl *Field : Record->fields())
      if (holdsFunctions(Field->getType()))
        Visit(Field);
      else
        Work.push_back(recordOf(Field->getType()));
    if (const auto *Class = dyn_cast<CXXRecordDecl>(Record))
      for (const CXXBaseSpecifier &Base : Class->bases())
        Work.push_back(recordOf(Base.getType()));
  }
}

void VariableFacts::escapeRecord(QualType T, SourceLocation Where) {
  eachHolderIn(T, EscapedRecords, [&](const FieldDecl *Field) { escape(Field, Where); });
}

/// Whether an object of \p Outer begins with one of \p Inner: then a pointer to the one is properly
/// a pointer to the other.
static bool beginsWith(const RecordDecl *Outer, const RecordDecl *Inner) {
  for (int Depth = 0; Outer && Depth < 16; ++Depth) {
    if (Outer == Inner)
      return true;
    const auto First = Outer->field_begin();
    Outer = First == Outer->field_end() ? nullptr : recordOf(First->getType());
  }
  return false;
}

void VariableFacts::castPointer(const CastExpr *Cast) {
  const Expr *Inner = Cast->getSubExpr();
  if (isa<ExplicitCastExpr>(Cast))
    Inner = Inner->IgnoreParenCasts(); // through `void *` or not
  if (Inner->getType()->isArrayType())
    Inner = Cast->getSubExpr();
  const QualType From = Inner->getType()->getPointeeType(), To = Cast->getType()->getPointeeType();
  if (From.isNull() || To.isNull() || isNullConstant(Inner))
    return;
  const bool FromHolds = holdsFunctions(From), ToHolds = holdsFunctions(To);
  if (FromHolds && (!ToHolds || elementOf(From) != elementOf(To)))
    retype(From, facts::RetypePointer, Cast->getExprLoc());
  if (ToHolds && (!FromHolds || elementOf(From) != elementOf(To)))
    retype(To, facts::RetypePointer, Cast->getExprLoc());
  const RecordDecl *A = recordOf(From), *B = recordOf(To);
  const bool Related = A && B && (beginsWith(A, B) || beginsWith(B, A));
  if (Related)
    return;
  if (A && (B || ToHolds))
    escapeRecord(From, Cast->getExprLoc());
  if (B && (A || FromHolds))
    escapeRecord(To, Cast->getExprLoc());
}

void VariableFacts::castBits(const CastExpr *Cast) {
  const SourceLocation Where = Cast->getExprLoc();
  llvm::DenseSet<const RecordDecl *> Seen;
  for (const QualType T : {Cast->getSubExpr()->getType(), Cast->getType()}) {
    if (T->isArrayType())
      retype(T, facts::RetypePointer, Where);
    escapeRecord(T, Where);
    eachHolderIn(T, Seen, [&](const FieldDecl *Field) {
      retype(Field->getType(), facts::RetypePointer, Where);
    });
  }
}

void VariableFacts::useMember(const MemberExpr *Member) {
  if (!holdsFunctions(Member->getType()))
    return;
  for (const Expr *At = Member; const auto *M = dyn_cast<MemberExpr>(At->IgnoreParens());) {
    const auto *Field = dyn_cast<FieldDecl>(M->getMemberDecl());
    if (!Field)
      return;
    if (Field->getParent()->isUnion())
      retype(Member->getType(), facts::RetypeUnion, Member->getExprLoc());
    if (M->isArrow())
      return;
    At = M->getBase();
  }
}

void VariableFacts::retype(QualType T, unsigned Flag, SourceLocation Where) {
  const QualType Function = functionTypeOf(elementOf(T));
  if (Function.isNull() || !Retyped.insert({Function.getAsOpaquePtr(), Flag}).second)
    return;
  if (const llvm::StringRef Name = Types.name(Function); !Name.empty())
    Out.Retypes.push_back({Name.str(), Flag, Where.getRawEncoding()});
}

} // namespace weir::frontend
