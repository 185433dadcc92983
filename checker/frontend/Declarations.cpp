#include "frontend/Declarations.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/Expr.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/Mangle.h"
#include "clang/Basic/CodeGenOptions.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Support/xxhash.h"
#include <algorithm>

using namespace clang;

namespace weir::frontend {
namespace {

/// Names types as code generation does, so that the strings can be compared.
class TypeNamer {
public:
  TypeNamer(ASTContext &Context, TypeScheme Scheme)
      : Context(Context), Scheme(Scheme), Mangler(Context.createMangleContext()) {}

  /// The id of function type \p T, or empty when it has none that other units share.
  std::string name(QualType T) const {
    if (Scheme == TypeScheme::None)
      return "";
    if (Scheme == TypeScheme::Generalized && !isExternallyVisible(T->getLinkage()))
      return "";
    if (const auto *Prototype = T->getAs<FunctionProtoType>())
      T = Context.getFunctionType(Prototype->getReturnType(), Prototype->getParamTypes(),
                                  Prototype->getExtProtoInfo().withExceptionSpec(EST_None));
    std::string Mangled;
    llvm::raw_string_ostream Out(Mangled);
    Mangler->mangleCanonicalTypeName(T, Out, /*NormalizeIntegers=*/false);
    Out.flush();
    if (Scheme == TypeScheme::Generalized)
      return Mangled + ".generalized";
    return kcfiTypeName(static_cast<uint32_t>(llvm::xxHash64(llvm::StringRef(Mangled))));
  }

private:
  ASTContext &Context;
  TypeScheme Scheme;
  std::unique_ptr<MangleContext> Mangler;
};

/// Names symbols and places as they will stand in the object and its debug information.
class Namer {
public:
  Namer(ASTContext &Context, const CodeGenOptions &Options)
      : Context(Context), Options(Options), Mangler(Context) {}

  std::string symbol(const Decl *D) { return plain(Mangler.getName(D)); }

  /// A constructor or destructor is several functions, all of one body.
  std::vector<std::string> symbols(const FunctionDecl *Function) {
    if (!isa<CXXConstructorDecl, CXXDestructorDecl>(Function))
      return {symbol(Function)};
    std::vector<std::string> All = Mangler.getAllManglings(Function);
    for (std::string &Symbol : All)
      Symbol = plain(std::move(Symbol));
    return All;
  }

  SourcePoint point(SourceLocation Where) const {
    const PresumedLoc Presumed = Context.getSourceManager().getPresumedLoc(Where);
    if (Presumed.isInvalid())
      return {};
    return {remappedPath(Presumed.getFilename(), Options), Presumed.getLine(),
            Presumed.getColumn()};
  }

private:
  /// Clang marks a name that takes no further prefix with a leading \1.
  static std::string plain(std::string Symbol) {
    if (!Symbol.empty() && Symbol.front() == '\1')
      Symbol.erase(0, 1);
    return Symbol;
  }

  ASTContext &Context;
  const CodeGenOptions &Options;
  ASTNameGenerator Mangler;
};

/// The function type behind a pointer or a member pointer, or \p T itself when it is one; else
/// null.
QualType functionTypeOf(QualType T) {
  if (const QualType Pointee = T->getPointeeType(); !Pointee.isNull())
    T = Pointee;
  return T->isFunctionType() ? T.getCanonicalType() : QualType();
}

/// Collects the casts of pointers, each pair of types once.
class PointerCasts {
public:
  PointerCasts(const Namer &Names, const TypeNamer &Types, Declarations &Out)
      : Names(Names), Types(Types), Out(Out) {}

  /// The value of \p Pointer becomes a \p CastTo.
  void add(const Expr *Pointer, QualType CastTo) {
    const QualType From = functionTypeOf(Pointer->getType());
    if (From.isNull() || isNull(Pointer))
      return;
    const QualType To = functionTypeOf(CastTo);
    if (From == To || !Seen.insert({From.getAsOpaquePtr(), To.getAsOpaquePtr()}).second)
      return;
    PointerCast Found{Types.name(From), To.isNull() ? "" : Types.name(To), isLoose(From),
                      isLoose(To), Names.point(Pointer->getBeginLoc())};
    // Functions of a type without a name may be called through any pointer already.
    if (Found.From.empty() || Found.From == Found.To || !Named.insert(Found.From + Found.To).second)
      return;
    Out.PointerCasts.push_back(std::move(Found));
  }

private:
  static bool isNull(const Expr *Pointer) {
    const auto *Cast = dyn_cast<CastExpr>(Pointer);
    return Cast && Cast->getCastKind() == CK_NullToPointer;
  }
  static bool isLoose(QualType T) { return !T.isNull() && isa<FunctionNoProtoType>(T); }

  const Namer &Names;
  const TypeNamer &Types;
  Declarations &Out;
  llvm::DenseSet<std::pair<void *, void *>> Seen;
  llvm::StringSet<> Named;
};

/// Walks bodies and initialisers for mentions of functions and for casts of pointers to them.
class MentionFinder {
public:
  MentionFinder(ASTContext &Context, Namer &Names, const TypeNamer &Types, Declarations &Out)
      : Context(Context), Names(Names), Types(Types), Casts(Names, Types, Out), Out(Out) {}

  void initializer(const VarDecl *Variable, std::string Holder) {
    this->Holder = std::move(Holder);
    walk(Variable->getInit(), /*Static=*/true);
  }

  void body(const FunctionDecl *Function, std::string Symbol) {
    Holder = std::move(Symbol);
    if (const auto *Constructor = dyn_cast<CXXConstructorDecl>(Function))
      for (const CXXCtorInitializer *Member : Constructor->inits())
        walk(Member->getInit(), /*Static=*/false);
    walk(Function->getBody(), /*Static=*/false);
  }

private:
  /// An expression to visit, and the pointer type its value is converted to on the way out.
  struct Item {
    const Stmt *Node;
    QualType CastTo;
  };

  /// A work list, because generated tables and expressions nest deeper than a stack allows.
  void walk(const Stmt *Top, bool Static) {
    llvm::SmallVector<Item, 64> Work{{Top, QualType()}};
    while (!Work.empty()) {
      const Item I = Work.pop_back_val();
      if (!I.Node)
        continue;
      if (const auto *Mention = dyn_cast<DeclRefExpr>(I.Node))
        mention(Mention, I.CastTo, Static);
      else if (const auto *Declared = dyn_cast<DeclStmt>(I.Node))
        locals(Declared, Work);
      else
        children(I, Work);
    }
  }

  /// The last is pushed first, so that mentions come in the order of the source.
  void children(const Item &Parent, llvm::SmallVectorImpl<Item> &Work) {
    const size_t First = Work.size();
    // What is written elsewhere, in a declaration, is not among the children.
    if (const auto *Default = dyn_cast<CXXDefaultInitExpr>(Parent.Node))
      Work.push_back({Default->getExpr(), Parent.CastTo});
    else if (const auto *Argument = dyn_cast<CXXDefaultArgExpr>(Parent.Node))
      Work.push_back({Argument->getExpr(), Parent.CastTo});
    else if (!Parent.CastTo.isNull() && !handsOn(Parent.Node))
      Casts.add(cast<Expr>(Parent.Node), Parent.CastTo);
    for (const Stmt *Child : Parent.Node->children())
      Work.push_back({Child, castAround(Parent, Child)});
    std::reverse(Work.begin() + First, Work.end());
  }

  /// A static local is an object of its own, that holds what its initialiser names.
  void locals(const DeclStmt *Declared, llvm::SmallVectorImpl<Item> &Work) {
    for (const Decl *D : Declared->decls()) {
      const auto *Variable = dyn_cast<VarDecl>(D);
      if (!Variable || !Variable->getInit())
        continue;
      if (!Variable->hasGlobalStorage()) {
        Work.push_back({Variable->getInit(), QualType()});
        continue;
      }
      const std::string Function = Holder;
      initializer(Variable, Context.getLangOpts().CPlusPlus
                                ? Names.symbol(Variable)
                                : Function + "." + Variable->getNameAsString());
      Holder = Function;
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

  /// The outermost conversion decides what the address is used as; it reaches through what hands a
  /// value on unchanged.
  static QualType castAround(const Item &Parent, const Stmt *Child) {
    if (!handsOn(Parent.Node))
      return QualType();
    if (const auto *Choice = dyn_cast<ConditionalOperator>(Parent.Node))
      return Child == Choice->getCond() ? QualType() : Parent.CastTo;
    if (const auto *Cast = dyn_cast<CastExpr>(Parent.Node))
      if (Parent.CastTo.isNull() && converts(Cast))
        return Cast->getType();
    return Parent.CastTo;
  }

  void mention(const DeclRefExpr *Mention, QualType CastTo, bool Static) {
    const auto *Function = dyn_cast<FunctionDecl>(Mention->getDecl());
    if (!Function) {
      if (!CastTo.isNull())
        Casts.add(Mention, CastTo);
      return;
    }
    FunctionMention Found;
    if (!CastTo.isNull()) {
      const QualType To = functionTypeOf(CastTo);
      Found.Untyped = To.isNull();
      if (!Found.Untyped)
        Found.CastType = Types.name(To);
      Found.Converted = Found.Untyped || Found.CastType != Types.name(Function->getType());
    }
    if (!Static && !Found.Converted)
      return;
    Found.Function = Names.symbol(Function);
    Found.Holder = Holder;
    Found.Point = Names.point(Mention->getLocation());
    (Static ? Out.Initializers : Out.Casts).push_back(std::move(Found));
  }

  ASTContext &Context;
  Namer &Names;
  const TypeNamer &Types;
  PointerCasts Casts;
  Declarations &Out;
  std::string Holder;
};

void readFunction(const FunctionDecl *Function, llvm::StringRef Symbol, const Namer &Names,
                  Declarations &Out) {
  DeclaredFunction &Entry = Out.Functions[Symbol];
  if (Function->isThisDeclarationADefinition())
    Entry.Definition = Names.point(Function->getLocation());
  for (const auto &Effect : FunctionEffectsRef::get(Function->getType())) {
    Entry.NonAllocating |= Effect.Effect.kind() == FunctionEffect::Kind::NonAllocating ||
                           Effect.Effect.kind() == FunctionEffect::Kind::NonBlocking;
    Entry.Allocating |= Effect.Effect.kind() == FunctionEffect::Kind::Allocating;
  }
}

/// Every type of the unit is in one list, which is shorter than any walk for calls through it.
void readUnprototyped(ASTContext &Context, const TypeNamer &Types, Declarations &Out) {
  if (Context.getLangOpts().CPlusPlus)
    return;
  const auto &All = Context.getTypes();
  for (size_t I = 0; I < All.size(); ++I) // naming a type may add one: no iterators here
    if (isa<FunctionNoProtoType>(All[I]))
      if (std::string Name = Types.name(QualType(All[I], 0)); !Name.empty())
        Out.Unprototyped.insert(Name);
}

void readFiles(const SourceManager &Sources, const CodeGenOptions &Options, Declarations &Out) {
  for (auto File = Sources.fileinfo_begin(); File != Sources.fileinfo_end(); ++File)
    Out.Files.insert(remappedPath(File->first.getName(), Options));
}

} // namespace

std::string remappedPath(llvm::StringRef File, const CodeGenOptions &Options) {
  llvm::SmallString<256> Path(File);
  for (const auto &[From, To] : llvm::reverse(Options.DebugPrefixMap)) // the last one given wins
    if (llvm::sys::path::replace_path_prefix(Path, From, To))
      break;
  return std::string(Path);
}

Declarations digest(ASTContext &Context, const CodeGenOptions &Options, TypeScheme Scheme,
                    const std::vector<const FunctionDecl *> &Functions,
                    const std::vector<const VarDecl *> &Variables) {
  Declarations Out;
  Namer Names(Context, Options);
  const TypeNamer Types(Context, Scheme);
  MentionFinder Mentions(Context, Names, Types, Out);
  for (const FunctionDecl *Function : Functions) {
    const std::vector<std::string> Symbols = Names.symbols(Function);
    for (const std::string &Symbol : Symbols)
      readFunction(Function, Symbol, Names, Out);
    if (Function->doesThisDeclarationHaveABody() && !Symbols.empty())
      Mentions.body(Function, Symbols.front());
  }
  for (const VarDecl *Variable : Variables)
    Mentions.initializer(Variable, Names.symbol(Variable));
  readUnprototyped(Context, Types, Out);
  readFiles(Context.getSourceManager(), Options, Out);
  return Out;
}

} // namespace weir::frontend
