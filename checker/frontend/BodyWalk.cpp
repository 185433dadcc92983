#include "frontend/BodyWalk.h"

#include "facts/Model.h"
#include "frontend/ArraySizes.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/Expr.h"
#include "clang/AST/ExprCXX.h"
#include <algorithm>

using namespace clang;

namespace weir::frontend {

//===--- The walk ---------------------------------------------------------===//

void BodyWalk::initializer(const VarDecl *Variable) {
  Object = Variable;
  if (!Notes.isInBody())
    Notes.destroyLater(Variable->getType(), Variable->getLocation());
  Variables.initialize(Variable);
  walk(Variable->getInit(), /*Static=*/true);
  Object = nullptr;
  if (!Notes.isInBody())
    blocks();
}

static const Expr *plainValue(const Expr *Initializer) {
  if (const auto *Default = dyn_cast<CXXDefaultInitExpr>(Initializer))
    return Default->getExpr();
  return Initializer;
}

unsigned BodyWalk::body(const FunctionDecl *Function) {
  this->Function = Function;
  const unsigned Number = Notes.beginBody();
  if (const auto *Constructor = dyn_cast<CXXConstructorDecl>(Function))
    for (const CXXCtorInitializer *Member : Constructor->inits()) {
      const FieldDecl *Field = Member->getMember();
      if (Field && holdsFunctions(Field->getType()) && !Field->getParent()->isUnion())
        Variables.assign(Field, plainValue(Member->getInit()), /*Static=*/false);
      walk(Member->getInit(), /*Static=*/false);
    }
  parameters(Function->parameters());
  walk(Function->getBody(), /*Static=*/false);
  Notes.endBody();
  blocks();
  this->Function = nullptr;
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
    return Notes.call(cast<CallExpr>(I.Node));
  if (I.CastTo.isNull() && passBy(I.Node, Work))
    return;
  switch (I.Node->getStmtClass()) {
  case Stmt::DeclRefExprClass:
    return mention(cast<DeclRefExpr>(I.Node), I.CastTo, Static);
  case Stmt::DeclStmtClass:
    return locals(cast<DeclStmt>(I.Node), Work);
  case Stmt::LambdaExprClass: // the captures; the body is another function's
    for (const Expr *Capture : cast<LambdaExpr>(I.Node)->capture_inits())
      Work.push_back({Capture, QualType()});
    return;
  case Stmt::BlockExprClass:
    Blocks.push_back(cast<BlockExpr>(I.Node)->getBlockDecl());
    return;
  case Stmt::CapturedStmtClass: // as of OpenMP: its children are what it captures
    Captured.push_back(cast<CapturedStmt>(I.Node)->getCapturedStmt());
    return children(I, Static, Work);
  case Stmt::UnaryExprOrTypeTraitExprClass:
    return measured(cast<UnaryExprOrTypeTraitExpr>(I.Node), Work);
  case Stmt::CXXNoexceptExprClass: // no code is made of it
    return;
  case Stmt::GCCAsmStmtClass:
    Notes.note(Act::Assembly, I.Node->getBeginLoc(), "");
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
template <typename List> static void reverseFrom(size_t First, List &Work) {
  if (Work.size() > First + 1)
    std::reverse(Work.begin() + First, Work.end());
}

/// Whether a conversion leaves types as they are, as far as pointers to functions go.
static bool isPlain(const ImplicitCastExpr *Cast) {
  switch (Cast->getCastKind()) {
  case CK_LValueToRValue:
    return !holdsFunctions(Cast->getSubExpr()->getType());
  case CK_ArrayToPointerDecay:
  case CK_IntegralCast:
  case CK_IntegralToBoolean:
  case CK_IntegralToFloating:
  case CK_FloatingToIntegral:
  case CK_FloatingCast:
  case CK_PointerToBoolean:
    return true;
  default:
    return false;
  }
}

/// Most nodes have nothing to note, and one or two children, which are come by at once here. To ask
/// of each all that could be asked was a third of what the plugin costs at -O0.
bool BodyWalk::passBy(const Stmt *Node, WorkList &Work) {
  const auto Push = [&](const Stmt *Child) { Work.push_back({Child, QualType()}); };
  switch (Node->getStmtClass()) {
  case Stmt::IntegerLiteralClass:
  case Stmt::CharacterLiteralClass:
  case Stmt::FloatingLiteralClass:
  case Stmt::StringLiteralClass:
    return true;
  case Stmt::ParenExprClass:
    Push(cast<ParenExpr>(Node)->getSubExpr());
    return true;
  case Stmt::ImplicitCastExprClass:
    if (!isPlain(cast<ImplicitCastExpr>(Node)))
      return false;
    Push(cast<ImplicitCastExpr>(Node)->getSubExpr());
    return true;
  case Stmt::UnaryOperatorClass:
    if (cast<UnaryOperator>(Node)->getOpcode() == UO_AddrOf)
      return false;
    Push(cast<UnaryOperator>(Node)->getSubExpr());
    return true;
  case Stmt::BinaryOperatorClass:
    if (cast<BinaryOperator>(Node)->getOpcode() == BO_Assign)
      return false;
    Push(cast<BinaryOperator>(Node)->getRHS());
    Push(cast<BinaryOperator>(Node)->getLHS());
    return true;
  case Stmt::ArraySubscriptExprClass:
    Push(cast<ArraySubscriptExpr>(Node)->getRHS());
    Push(cast<ArraySubscriptExpr>(Node)->getLHS());
    return true;
  case Stmt::MemberExprClass:
    if (holdsFunctions(cast<MemberExpr>(Node)->getType()))
      return false;
    Push(cast<MemberExpr>(Node)->getBase());
    return true;
  default:
    return false;
  }
}

void BodyWalk::children(const Item &Parent, bool Static, WorkList &Work) {
  const size_t First = Work.size();
  const bool HandsOn = handsOn(Parent.Node);
  if (!Parent.CastTo.isNull() && !HandsOn &&
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
    else if (const auto *List = dyn_cast<InitListExpr>(Parent.Node); List && List->hasArrayFiller())
      Work.push_back({List->getArrayFiller(), QualType()});
    else
      sizesNamedBy(Parent.Node, Work);
    for (const Stmt *Child : Parent.Node->children())
      Work.push_back({Child, HandsOn ? castAround(Parent.Node, Parent.CastTo, Child) : QualType()});
  }
  reverseFrom(First, Work);
}

void BodyWalk::other(const Stmt *Node, bool Static) {
  if (const auto *Cast = dyn_cast<CastExpr>(Node)) {
    if (Cast->getCastKind() == CK_BitCast || Cast->getCastKind() == CK_LValueBitCast)
      Variables.castPointer(Cast);
    else if (Cast->getCastKind() == CK_LValueToRValueBitCast)
      Variables.castBits(Cast);
  } else if (const auto *List = dyn_cast<InitListExpr>(Node)) {
    Variables.initialize(List, Static);
  } else if (const auto *Construct = dyn_cast<CXXConstructExpr>(Node)) {
    Notes.construct(Construct);
  } else if (const auto *New = dyn_cast<CXXNewExpr>(Node)) {
    Notes.noteFunction(Act::Call, New->getBeginLoc(), New->getOperatorNew());
  } else if (const auto *Delete = dyn_cast<CXXDeleteExpr>(Node)) {
    Notes.destroy(Delete);
  } else if (const auto *Temporary = dyn_cast<CXXBindTemporaryExpr>(Node)) {
    Notes.destroyLater(Temporary->getType(), Temporary->getExprLoc());
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
    if (const auto *Named = dyn_cast<TypedefNameDecl>(D))
      sizes(Named->getUnderlyingType(), Work);
    const auto *Variable = dyn_cast<VarDecl>(D);
    if (!Variable)
      continue;
    Notes.destroyLater(Variable->getType(), Variable->getLocation());
    sizes(Variable->getType(), Work);
    if (Variable->getType()->isVariableArrayType())
      Notes.note(Act::Builtin, Variable->getLocation(), "alloca");
    if (!Variable->getInit())
      continue;
    if (!Variable->hasGlobalStorage()) {
      Work.push_back({withoutTemporary(Variable->getInit()), QualType()});
      continue;
    }
    initializer(Variable);
  }
  reverseFrom(First, Work);
}

/// The sizes in their types are evaluated before the body.
void BodyWalk::parameters(llvm::ArrayRef<ParmVarDecl *> Parameters) {
  for (const ParmVarDecl *Parameter : Parameters)
    for (const Expr *Size : sizesIn(Parameter->getType(), Context))
      walk(Size, /*Static=*/false);
}

/// A type is evaluated where it is written.
void BodyWalk::sizes(QualType Written, WorkList &Work) {
  for (const Expr *Size : sizesIn(Written, Context))
    Work.push_back({Size, QualType()});
}

/// Some expressions name a type, and so evaluate it.
void BodyWalk::sizesNamedBy(const Stmt *Node, WorkList &Work) {
  if (const auto *Cast = dyn_cast<ExplicitCastExpr>(Node))
    sizes(Cast->getTypeAsWritten(), Work);
  else if (const auto *Literal = dyn_cast<CompoundLiteralExpr>(Node))
    sizes(Literal->getTypeSourceInfo()->getType(), Work);
  else if (const auto *Argument = dyn_cast<VAArgExpr>(Node))
    sizes(Argument->getWrittenTypeInfo()->getType(), Work);
}

/// Only to measure an array of variable length is an operand evaluated.
void BodyWalk::measured(const UnaryExprOrTypeTraitExpr *Trait, WorkList &Work) {
  if (Trait->getKind() == UETT_AlignOf || Trait->getKind() == UETT_PreferredAlignOf)
    return;
  if (!Context.getAsVariableArrayType(Trait->getTypeOfArgument()))
    return;
  if (Trait->isArgumentType())
    sizes(Trait->getArgumentType(), Work);
  else
    Work.push_back({Trait->getArgumentExpr(), QualType()});
}

/// Code of a block, or of a captured statement, is in a function that has no declaration, or may
/// be. What runs in it is noted for nobody.
void BodyWalk::blocks() {
  while (!Blocks.empty() || !Captured.empty()) {
    if (!Captured.empty()) {
      const Stmt *Statement = Captured.back();
      Captured.pop_back();
      Notes.beginBody();
      walk(Statement, /*Static=*/false);
      Notes.endBody();
      continue;
    }
    const BlockDecl *Block = Blocks.back();
    Blocks.pop_back();
    Notes.beginBody();
    parameters(Block->parameters());
    walk(Block->getBody(), /*Static=*/false);
    Notes.endBody();
  }
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

//===--- Mentions ---------------------------------------------------------===//

/// The symbol of what is walked through. Code generation names a static local of C after its
/// function.
std::string BodyWalk::holder() {
  if (!Object)
    return Function ? Symbols.symbols(Function).front() : "";
  if (Function && !Context.getLangOpts().CPlusPlus)
    return Symbols.symbol(Function) + "." + Object->getNameAsString();
  return Symbols.symbol(Object);
}

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
    Notes.noteFunction(Act::TakeAddress, Mention->getLocation(), Function);
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
  Found.Holder = holder();
  Found.Point = Mention->getLocation().getRawEncoding();
  (Static ? Out.Initializers : Out.Casts).push_back(std::move(Found));
}

} // namespace weir::frontend
