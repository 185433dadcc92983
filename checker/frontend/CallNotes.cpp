#include "frontend/CallNotes.h"

#include "facts/Model.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/Attr.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/Expr.h"
#include "clang/AST/ExprCXX.h"
#include "clang/Basic/Builtins.h"

using namespace clang;

namespace weir::frontend {

unsigned CallNotes::beginBody() {
  Current = Out.Bodies.size();
  Out.Bodies.emplace_back();
  return Current;
}

void CallNotes::note(Act What, SourceLocation Where, llvm::StringRef Name) {
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
void CallNotes::noteFunction(Act What, SourceLocation Where, const NamedDecl *Function) {
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

const FunctionDecl *calledFunction(const CallExpr *Call) {
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

void CallNotes::call(const CallExpr *Call) {
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

void CallNotes::callPointer(const CallExpr *Call) {
  note(Act::ThroughPointer, Call->getExprLoc(), "");
  const QualType Type = functionTypeOf(Call->getCallee()->getType());
  const ValueDecl *From = variableCalled(Call->getCallee());
  const llvm::StringRef Name = Type.isNull() ? "" : Types.name(Type);
  Out.Bodies[Current].Pointers.push_back(
      {Out.Texts.insert(Name).first->getKey(), From ? Variables.name(From) : ""});
}

/// A destructor's type does not reach the IR.
void CallNotes::callMethod(const CXXMethodDecl *Method) {
  const bool Destroys = isa<CXXDestructorDecl>(Method);
  const llvm::StringRef Type =
      Destroys ? "" : Out.Texts.insert(Types.name(Method->getType())).first->getKey();
  bool IsCall = true;
  for (const std::string &Symbol : Symbols.symbols(Method)) {
    Out.Bodies[Current].Methods.push_back({Type, Out.Texts.insert(Symbol).first->getKey(), IsCall});
    IsCall = false;
  }
}

void CallNotes::passVariadic(const CallExpr *Call) {
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

void CallNotes::construct(const CXXConstructExpr *Construct) {
  note(Act::Construct, Construct->getExprLoc(),
       className(Construct->getConstructor()->getParent()));
}

void CallNotes::destroyLater(QualType T, SourceLocation Where) {
  const auto *Record = T->getBaseElementTypeUnsafe()->getAsCXXRecordDecl();
  if (Record && Record->hasDefinition() && !Record->hasTrivialDestructor())
    note(Act::Destroy, Where, className(Record));
}

void CallNotes::destroy(const CXXDeleteExpr *Delete) {
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

} // namespace weir::frontend
