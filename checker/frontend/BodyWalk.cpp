#include "frontend/BodyWalk.h"

#include "facts/Model.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/Attr.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/Expr.h"
#include "clang/AST/ExprCXX.h"
#include "clang/Basic/Builtins.h"
#include <algorithm>

using namespace clang;

namespace weir::frontend {

//===--- Casts ------------------------------------------------------------===//

static bool isNull(const Expr *Pointer) {
  const auto *Cast = dyn_cast<CastExpr>(Pointer);
  return Cast && Cast->getCastKind() == CK_NullToPointer;
}

static bool isLoose(QualType T) { return !T.isNull() && isa<FunctionNoProtoType>(T); }

void PointerCasts::add(const Expr *Pointer, QualType CastTo) {
  const QualType From = functionTypeOf(Pointer->getType());
  const QualType To = functionTypeOf(CastTo);
  if (From == To || isNull(Pointer) || (From.isNull() && isa<IntegerLiteral>(Pointer)))
    return;
  const bool Integer = (From.isNull() ? Pointer->getType() : CastTo)->isIntegerType();
  if (!Seen.insert({From.getAsOpaquePtr(), To.getAsOpaquePtr()}).second)
    return;
  PointerCast Found{From.isNull() ? "" : Types.name(From).str(),
                    To.isNull() ? "" : Types.name(To).str(),
                    isLoose(From),
                    isLoose(To),
                    Integer,
                    Pointer->getBeginLoc().getRawEncoding()};
  // Functions of a type without a name may be called through any pointer already, and a pointer of
  // such a type may be any function.
  const bool Nameless = From.isNull() ? Found.To.empty() : Found.From.empty();
  if (Nameless || Found.From == Found.To ||
      !Named.insert(Found.From + (Integer ? "#" : " ") + Found.To).second)
    return;
  Out.PointerCasts.push_back(std::move(Found));
}

/// Whether a cast changes the type under which an address may be called. One that does nothing
/// does, between types of C that are compatible and not the same.
static bool converts(const CastExpr *Cast) {
  switch (Cast->getCastKind()) {
  case CK_BitCast:
  case CK_LValueBitCast:
  case CK_PointerToIntegral:
  case CK_IntegralToPointer:
  case CK_ReinterpretMemberPointer:
    return true;
  case CK_NoOp: {
    const QualType To = functionTypeOf(Cast->getType());
    return !To.isNull() && To != functionTypeOf(Cast->getSubExpr()->getType());
  }
  default:
    return false;
  }
}

/// Whether an expression has the value of one below it, if not its type.
static bool handsOn(const Stmt *Node) {
  if (const auto *Cast = dyn_cast<CastExpr>(Node))
    return converts(Cast) || Cast->getCastKind() == CK_FunctionToPointerDecay ||
           Cast->getCastKind() == CK_NoOp;
  if (const auto *Unary = dyn_cast<UnaryOperator>(Node))
    return Unary->getOpcode() == UO_AddrOf && Unary->getSubExpr()->getType()->isFunctionType();
  return isa<ParenExpr, ConditionalOperator>(Node);
}

/// The outermost conversion decides what the address is used as; it reaches through what hands a
/// value on unchanged.
static QualType castAround(const Stmt *Parent, QualType CastTo, const Stmt *Child) {
  if (!handsOn(Parent))
    return QualType();
  if (const auto *Choice = dyn_cast<ConditionalOperator>(Parent))
    return Child == Choice->getCond() ? QualType() : CastTo;
  if (const auto *Cast = dyn_cast<CastExpr>(Parent))
    if (CastTo.isNull() && converts(Cast))
      return Cast->getType();
  return CastTo;
}

//===--- The walk ---------------------------------------------------------===//

void BodyWalk::initializer(const VarDecl *Variable, std::string Holder) {
  this->Holder = std::move(Holder);
  if (Current == 0)
    destroyLater(Variable->getType(), Variable->getLocation());
  Variables.initialize(Variable);
  walk(Variable->getInit(), /*Static=*/true);
}

static const Expr *plainValue(const Expr *Initializer) {
  if (const auto *Default = dyn_cast<CXXDefaultInitExpr>(Initializer))
    return Default->getExpr();
  return Initializer;
}

unsigned BodyWalk::body(const FunctionDecl *Function, std::string Symbol) {
  Holder = std::move(Symbol);
  const unsigned Number = Current = Out.Bodies.size();
  Out.Bodies.emplace_back();
  if (const auto *Constructor = dyn_cast<CXXConstructorDecl>(Function))
    for (const CXXCtorInitializer *Member : Constructor->inits()) {
      const FieldDecl *Field = Member->getMember();
      if (Field && holdsFunctions(Field->getType()) && !Field->getParent()->isUnion())
        Variables.assign(Field, plainValue(Member->getInit()), /*Static=*/false);
      walk(Member->getInit(), /*Static=*/false);
    }
  walk(Function->getBody(), /*Static=*/false);
  Current = 0;
  return Number;
}

/// A work list, because generated tables and expressions nest deeper than a stack allows.
void BodyWalk::walk(const Stmt *Top, bool Static) {
  llvm::SmallVector<Item, 64> Work{{Top, QualType()}};
  while (!Work.empty()) {
    const Item I = Work.pop_back_val();
    if (I.Node)
      visit(I, Static, Work);
  }
}

void BodyWalk::visit(const Item &I, bool Static, WorkList &Work) {
  if (I.Leaving)
    return call(cast<CallExpr>(I.Node));
  switch (I.Node->getStmtClass()) {
  case Stmt::DeclRefExprClass:
    return mention(cast<DeclRefExpr>(I.Node), I.CastTo, Static);
  case Stmt::DeclStmtClass:
    return locals(cast<DeclStmt>(I.Node), Work);
  case Stmt::LambdaExprClass:
    return lambda(I.Node, Work);
  // No code is made of these operands.
  case Stmt::UnaryExprOrTypeTraitExprClass:
  case Stmt::CXXNoexceptExprClass:
    return;
  case Stmt::GCCAsmStmtClass:
    note(Act::Assembly, I.Node->getBeginLoc(), "");
    return children(I, Static, Work);
  case Stmt::GenericSelectionExprClass:
    if (!cast<GenericSelectionExpr>(I.Node)->isResultDependent())
      Work.push_back({cast<GenericSelectionExpr>(I.Node)->getResultExpr(), I.CastTo});
    return;
  case Stmt::ChooseExprClass:
    Work.push_back({cast<ChooseExpr>(I.Node)->getChosenSubExpr(), I.CastTo});
    return;
  default:
    return children(I, Static, Work);
  }
}

/// The last is pushed first, so that mentions come in the order of the source.
void BodyWalk::children(const Item &Parent, bool Static, WorkList &Work) {
  const size_t First = Work.size();
  if (!Parent.CastTo.isNull() && !handsOn(Parent.Node) &&
      !isa<CXXDefaultInitExpr, CXXDefaultArgExpr>(Parent.Node))
    Casts.add(cast<Expr>(Parent.Node), Parent.CastTo);
  if (const auto *Call = dyn_cast<CallExpr>(Parent.Node)) {
    operands(Call, Work);
  } else if (!variable(Parent.Node, Work)) {
    other(Parent.Node, Static);
    // What is written elsewhere, in a declaration, is not among the children.
    if (const auto *Default = dyn_cast<CXXDefaultInitExpr>(Parent.Node))
      Work.push_back({Default->getExpr(), Parent.CastTo});
    else if (const auto *Argument = dyn_cast<CXXDefaultArgExpr>(Parent.Node))
      Work.push_back({Argument->getExpr(), Parent.CastTo});
    for (const Stmt *Child : Parent.Node->children())
      Work.push_back({Child, castAround(Parent.Node, Parent.CastTo, Child)});
  }
  std::reverse(Work.begin() + First, Work.end());
}

void BodyWalk::other(const Stmt *Node, bool Static) {
  if (const auto *Cast = dyn_cast<CastExpr>(Node)) {
    if (Cast->getCastKind() == CK_BitCast || Cast->getCastKind() == CK_LValueBitCast)
      Variables.castPointer(Cast);
  } else if (const auto *List = dyn_cast<InitListExpr>(Node)) {
    Variables.initialize(List, Static);
  } else if (const auto *Construct = dyn_cast<CXXConstructExpr>(Node)) {
    construct(Construct);
  } else if (const auto *New = dyn_cast<CXXNewExpr>(Node)) {
    noteFunction(Act::Call, New->getBeginLoc(), New->getOperatorNew());
  } else if (const auto *Delete = dyn_cast<CXXDeleteExpr>(Node)) {
    destroy(Delete);
  } else if (const auto *Temporary = dyn_cast<CXXBindTemporaryExpr>(Node)) {
    destroyLater(Temporary->getType(), Temporary->getExprLoc());
  } else if (isa<VAArgExpr>(Node)) {
    Variables.retype(cast<Expr>(Node)->getType(), facts::RetypeFetched, Node->getBeginLoc());
  } else if (isa<CXXParenListInitExpr, DesignatedInitUpdateExpr>(Node)) {
    Variables.escapeRecord(cast<Expr>(Node)->getType(), Node->getBeginLoc());
  }
}

//===--- Variables that hold pointers -------------------------------------===//

/// A load and a store are all that can be done to a variable without letting it out of sight.
bool BodyWalk::variable(const Stmt *Node, WorkList &Work) {
  if (const auto *Assign = dyn_cast<BinaryOperator>(Node)) {
    const ValueDecl *Left =
        Assign->getOpcode() == BO_Assign ? variableIn(Assign->getLHS()) : nullptr;
    if (!Left)
      return false;
    Variables.assign(Left, Assign->getRHS(), /*Static=*/false);
    within(Assign->getLHS(), Work);
    Work.push_back({Assign->getRHS(), QualType()});
    return true;
  }
  const auto *Load = dyn_cast<ImplicitCastExpr>(Node);
  const bool IsLoad = Load && Load->getCastKind() == CK_LValueToRValue;
  const Expr *Place = IsLoad ? Load->getSubExpr() : dyn_cast<MemberExpr>(Node);
  const ValueDecl *Used = Place ? variableIn(Place) : nullptr;
  if (!IsLoad && Used)
    Variables.escape(Used, Place->getExprLoc());
  if (Used)
    within(Place, Work);
  else if (const auto *Member = dyn_cast<MemberExpr>(Node))
    Variables.useMember(Member);
  return Used != nullptr;
}

/// What is evaluated to know which object or element a variable is in.
void BodyWalk::within(const Expr *Variable, WorkList &Work) {
  const Expr *At = Variable->IgnoreParenImpCasts();
  for (; const auto *Element = dyn_cast<ArraySubscriptExpr>(At);
       At = Element->getBase()->IgnoreParenImpCasts())
    Work.push_back({Element->getIdx(), QualType()});
  if (const auto *Member = dyn_cast<MemberExpr>(At)) {
    Variables.useMember(Member);
    Work.push_back({Member->getBase(), QualType()});
  }
}

/// A variable that is initialised by a call's result is that result.
static const Expr *withoutTemporary(const Expr *Initializer) {
  const Expr *Inner = Initializer;
  if (const auto *Full = dyn_cast<ExprWithCleanups>(Inner))
    Inner = Full->getSubExpr();
  if (const auto *Temporary = dyn_cast<CXXBindTemporaryExpr>(Inner))
    return Temporary->getSubExpr();
  return Initializer;
}

/// A static local is an object of its own, that holds what its initialiser names.
void BodyWalk::locals(const DeclStmt *Declared, WorkList &Work) {
  const size_t First = Work.size();
  for (const Decl *D : Declared->decls()) {
    const auto *Variable = dyn_cast<VarDecl>(D);
    if (!Variable)
      continue;
    destroyLater(Variable->getType(), Variable->getLocation());
    // A size is evaluated where the array is declared.
    for (const Type *T = Variable->getType().getTypePtr(); T && T->isArrayType();
         T = T->getArrayElementTypeNoTypeQual())
      if (const auto *Sized = dyn_cast<VariableArrayType>(T->getAsArrayTypeUnsafe()))
        Work.push_back({Sized->getSizeExpr(), QualType()});
    if (Variable->getType()->isVariableArrayType())
      note(Act::Builtin, Variable->getLocation(), "alloca");
    if (!Variable->getInit())
      continue;
    if (!Variable->hasGlobalStorage()) {
      Work.push_back({withoutTemporary(Variable->getInit()), QualType()});
      continue;
    }
    const std::string Function = Holder;
    initializer(Variable, Context.getLangOpts().CPlusPlus
                              ? Symbols.symbol(Variable)
                              : Function + "." + Variable->getNameAsString());
    Holder = Function;
  }
  std::reverse(Work.begin() + First, Work.end());
}

/// The body belongs to another function, the captures to this one.
void BodyWalk::lambda(const Stmt *Node, WorkList &Work) {
  const auto *Lambda = cast<LambdaExpr>(Node);
  for (const Expr *Capture : Lambda->capture_inits())
    Work.push_back({Capture, QualType()});
  const CXXMethodDecl *Operator = Lambda->getCallOperator();
  if (Operator && !Operator->isDependentContext())
    Lambdas.push_back(Operator);
}

//===--- Where calls stand ------------------------------------------------===//

void BodyWalk::note(Act What, SourceLocation Where, llvm::StringRef Name) {
  Out.Bodies[Current].Acts.push_back({What, Where.getRawEncoding(), Name});
}

/// Whether the compiler may make something else than a call of it.
static bool isLibraryFunction(ASTContext &Context, const NamedDecl *Named) {
  const auto *Function = dyn_cast<FunctionDecl>(Named);
  const unsigned Builtin = Function ? Function->getBuiltinID() : 0;
  if (!Builtin)
    return false;
  return Context.BuiltinInfo.isLibFunction(Builtin) ||
         Context.BuiltinInfo.isPredefinedLibFunction(Builtin) ||
         Function->getName().starts_with("__builtin_alloca");
}

/// By its identifier, or by the name that an asm label gives it.
void BodyWalk::noteFunction(Act What, SourceLocation Where, const NamedDecl *Function) {
  if (!Function)
    return;
  if (const auto *Label = Function->getAttr<AsmLabelAttr>())
    return note(What, Where, Label->getLabel().ltrim('\1'));
  const IdentifierInfo *Identifier = Function->getIdentifier();
  if (!Identifier)
    return note(What == Act::Call ? Act::Operator : What, Where, "");
  llvm::StringRef Name = Identifier->getName();
  Name.consume_front("__builtin_");
  if (What == Act::Call && isLibraryFunction(Context, Function)) {
    What = Act::Builtin;
    if (Name.starts_with("alloca")) // there is one with an alignment, and one not initialised
      Name = "alloca";
  }
  note(What, Where, Name);
}

/// What a call calls, when its callee is a function's name in whatever dress.
static const FunctionDecl *calledFunction(const CallExpr *Call) {
  if (const FunctionDecl *Direct = Call->getDirectCallee())
    return Direct;
  const auto *Name = dyn_cast<DeclRefExpr>(Call->getCallee()->IgnoreParenCasts());
  return Name ? dyn_cast<FunctionDecl>(Name->getDecl()) : nullptr;
}

static bool isVirtualCall(const CallExpr *Call) {
  const auto *Method = dyn_cast_or_null<CXXMethodDecl>(Call->getDirectCallee());
  if (!Method || !Method->isVirtual())
    return false;
  if (isa<CXXOperatorCallExpr>(Call)) // `a + b`; `a.operator+(b)` is a member like others
    return true;
  const auto *Member = dyn_cast<MemberExpr>(Call->getCallee()->IgnoreParens());
  return Member && !Member->hasQualifier();
}

static llvm::StringRef className(const CXXRecordDecl *Record) {
  return Record && Record->getIdentifier() ? Record->getName() : llvm::StringRef();
}

/// Operands are evaluated before the call is made.
void BodyWalk::operands(const CallExpr *Call, WorkList &Work) {
  const Expr *Callee = Call->getCallee();
  // The callee's own name takes no address; the object of a method is an operand like others.
  const auto *Member = dyn_cast<MemberExpr>(Callee->IgnoreParenImpCasts());
  if (!calledFunction(Call))
    Work.push_back({Callee, QualType()});
  else if (Member)
    Work.push_back({Member->getBase(), QualType()});
  for (const Expr *Argument : Call->arguments())
    Work.push_back({Argument, QualType()});
  Work.push_back({Call, QualType(), /*Leaving=*/true});
}

void BodyWalk::call(const CallExpr *Call) {
  const FunctionDecl *Function = calledFunction(Call);
  const bool Virtual = isVirtualCall(Call);
  if (const auto *Destructor = dyn_cast_or_null<CXXDestructorDecl>(Function))
    note(Virtual ? Act::VirtualDestroy : Act::Destroy, Call->getExprLoc(),
         className(Destructor->getParent()));
  else if (Function)
    noteFunction(Virtual ? Act::Virtual : Act::Call, Call->getExprLoc(), Function);
  else if (!isa<CXXPseudoDestructorExpr>(Call->getCallee()->IgnoreParens()))
    callPointer(Call);
  if (const auto *Method = dyn_cast_or_null<CXXMethodDecl>(Function); Method && Virtual)
    callMethod(Method);
  passVariadic(Call);
}

void BodyWalk::callPointer(const CallExpr *Call) {
  note(Act::ThroughPointer, Call->getExprLoc(), "");
  const QualType Type = functionTypeOf(Call->getCallee()->getType());
  const ValueDecl *From = variableCalled(Call->getCallee());
  const llvm::StringRef Name = Type.isNull() ? "" : Types.name(Type);
  Out.Bodies[Current].Pointers.push_back(
      {Out.Texts.insert(Name).first->getKey(), From ? Variables.name(From) : ""});
}

/// A destructor's type does not reach the IR.
void BodyWalk::callMethod(const CXXMethodDecl *Method) {
  const bool Destroys = isa<CXXDestructorDecl>(Method);
  const llvm::StringRef Type =
      Destroys ? "" : Out.Texts.insert(Types.name(Method->getType())).first->getKey();
  for (const std::string &Symbol : Symbols.symbols(Method))
    Out.Bodies[Current].Methods.push_back({Type, Out.Texts.insert(Symbol).first->getKey()});
}

void BodyWalk::passVariadic(const CallExpr *Call) {
  const QualType Type = functionTypeOf(Call->getCallee()->getType());
  const auto *Prototype = Type.isNull() ? nullptr : Type->getAs<FunctionProtoType>();
  const unsigned Known = Prototype ? Prototype->getNumParams() : 0;
  if (Type.isNull() || (Prototype && !Prototype->isVariadic()))
    return;
  for (unsigned I = Known; I < Call->getNumArgs(); ++I)
    if (holdsFunctions(Call->getArg(I)->getType()))
      Variables.retype(Call->getArg(I)->getType(), facts::RetypeVariadic,
                       Call->getArg(I)->getExprLoc());
}

void BodyWalk::construct(const CXXConstructExpr *Construct) {
  note(Act::Construct, Construct->getExprLoc(),
       className(Construct->getConstructor()->getParent()));
}

void BodyWalk::destroyLater(QualType T, SourceLocation Where) {
  const auto *Record = T->getBaseElementTypeUnsafe()->getAsCXXRecordDecl();
  if (Record && Record->hasDefinition() && !Record->hasTrivialDestructor())
    note(Act::Destroy, Where, className(Record));
}

void BodyWalk::destroy(const CXXDeleteExpr *Delete) {
  const QualType T = Delete->getDestroyedType();
  const auto *Record = T.isNull() ? nullptr : T->getBaseElementTypeUnsafe()->getAsCXXRecordDecl();
  const CXXDestructorDecl *Destructor =
      Record && Record->hasDefinition() ? Record->getDestructor() : nullptr;
  if (Destructor && Destructor->isVirtual()) {
    note(Act::VirtualDestroy, Delete->getBeginLoc(), className(Record));
    callMethod(Destructor);
  } else if (Destructor)
    destroyLater(T, Delete->getBeginLoc());
  noteFunction(Act::Call, Delete->getBeginLoc(), Delete->getOperatorDelete());
}

//===--- Mentions ---------------------------------------------------------===//

void BodyWalk::mention(const DeclRefExpr *Mention, QualType CastTo, bool Static) {
  const auto *Function = dyn_cast<FunctionDecl>(Mention->getDecl());
  if (!Function) {
    if (!CastTo.isNull())
      Casts.add(Mention, CastTo);
    if (const ValueDecl *Variable = variableIn(Mention))
      Variables.escape(Variable, Mention->getLocation());
    return;
  }
  if (!Static)
    noteFunction(Act::TakeAddress, Mention->getLocation(), Function);
  FunctionMention Found;
  if (!CastTo.isNull()) {
    const QualType To = functionTypeOf(CastTo);
    Found.Untyped = To.isNull();
    if (!Found.Untyped)
      Found.CastType = Types.name(To).str();
    Found.Converted = Found.Untyped || Found.CastType != Types.name(Function->getType());
  }
  if (!Static && !Found.Converted)
    return;
  Found.Function = Symbols.symbol(Function);
  Found.Holder = Holder;
  Found.Point = Mention->getLocation().getRawEncoding();
  (Static ? Out.Initializers : Out.Casts).push_back(std::move(Found));
}

} // namespace weir::frontend
