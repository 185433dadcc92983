#include "frontend/Declarations.h"

#include "frontend/BodyWalk.h"
#include "frontend/Classes.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/Attr.h"
#include "clang/AST/Decl.h"
#include "clang/AST/DeclCXX.h"
#include "clang/Basic/CodeGenOptions.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Path.h"

using namespace clang;

namespace weir::frontend {

static void readEffects(const FunctionDecl *Function, DeclaredFunction &Entry) {
  for (const auto &Effect : FunctionEffectsRef::get(Function->getType())) {
    Entry.NonAllocating |= Effect.Effect.kind() == FunctionEffect::Kind::NonAllocating ||
                           Effect.Effect.kind() == FunctionEffect::Kind::NonBlocking;
    Entry.Allocating |= Effect.Effect.kind() == FunctionEffect::Kind::Allocating;
  }
}

/// Every type of the unit is in one list, which is shorter than any walk for calls through it.
static void readUnprototyped(ASTContext &Context, const TypeNamer &Types, Declarations &Out) {
  if (Context.getLangOpts().CPlusPlus)
    return;
  const auto &All = Context.getTypes();
  for (size_t I = 0; I < All.size(); ++I) // naming a type may add one: no iterators here
    if (isa<FunctionNoProtoType>(All[I]))
      if (llvm::StringRef Name = Types.name(QualType(All[I], 0)); !Name.empty())
        Out.Unprototyped.insert(Name);
}

/// Headers define many inline functions, of which a unit uses few. An attribute may keep one.
static bool isEmitted(ASTContext &Context, const FunctionDecl *Function) {
  if (Function->isUsed())
    return true;
  const bool Discardable = Function->isInlined() && !Function->hasAttrs() &&
                           Function->getTemplateSpecializationKind() == TSK_Undeclared &&
                           Context.getLangOpts().CPlusPlus;
  return !Discardable && Context.DeclMustBeEmitted(Function);
}

static void add(const DeclaredFunction &Known, DeclaredFunction &Entry) {
  Entry.Definition = Known.Definition ? Known.Definition : Entry.Definition;
  Entry.Body = Known.Body ? Known.Body : Entry.Body;
  Entry.NonAllocating |= Known.NonAllocating;
  Entry.Allocating |= Known.Allocating;
  Entry.Type = Known.Type ? Known.Type : Entry.Type;
}

static void readFunction(ASTContext &Context, const FunctionDecl *Function, SymbolNamer &Symbols,
                         const TypeNamer &Types, BodyMarks &Marks, BodyWalk &Walk,
                         Declarations &Out) {
  const bool Defined = Function->doesThisDeclarationHaveABody();
  if (Defined && !isEmitted(Context, Function)) {
    // Clang may have evaluated it: what it casts lies in an initialiser, though no code does so.
    if (Function->isConstexpr() && Function->isReferenced())
      Walk.body(Function);
    return;
  }
  DeclaredFunction Known;
  readEffects(Function, Known);
  if (Function->isThisDeclarationADefinition())
    Known.Definition = Function->getLocation().getRawEncoding();
  if (Function->hasAttr<AliasAttr>() || Function->hasAttr<IFuncAttr>())
    Known.Type = Out.Texts.insert(Types.name(Function->getType())).first->getKey();
  if (Defined)
    Known.Body = Walk.body(Function);
  if (const unsigned Mark = Defined ? Marks.mark(Function) : 0) {
    Out.Marked.resize(std::max<size_t>(Out.Marked.size(), Mark + 1));
    return add(Known, Out.Marked[Mark]);
  }
  for (const std::string &Symbol : Symbols.symbols(Function))
    add(Known, Out.Functions[Symbol]);
}

/// Records that share their place hold each other's pointers.
static void readUnion(const RecordDecl *Union, VariableFacts &Variables) {
  for (const FieldDecl *Member : Union->fields())
    if (Member->getType()->getBaseElementTypeUnsafe()->isRecordType())
      Variables.escapeRecord(Member->getType(), Member->getLocation());
}

static void readOverrides(const CXXRecordDecl *Class, SymbolNamer &Symbols, Declarations &Out) {
  for (const CXXMethodDecl *Method : Class->methods()) {
    if (!Method->isVirtual())
      continue;
    if (Method->size_overridden_methods() == 0)
      for (const std::string &First : Symbols.symbols(Method))
        Out.Overrides.push_back({First, ""});
    for (const CXXMethodDecl *Overridden : Method->overridden_methods()) {
      const std::vector<std::string> New = Symbols.symbols(Method);
      const std::vector<std::string> Old = Symbols.symbols(Overridden);
      for (size_t I = 0; I < New.size() && I < Old.size(); ++I) // the forms of a destructor
        Out.Overrides.push_back({New[I], Old[I]});
    }
  }
}

SourcePoint Declarations::point(RawPlace Where) const {
  if (!Sources || !Where)
    return {};
  // In a macro's argument it stands where the argument is written, else where the macro is used.
  const SourceLocation Written = Sources->getFileLoc(SourceLocation::getFromRawEncoding(Where));
  const PresumedLoc Presumed = Sources->getPresumedLoc(Written);
  if (Presumed.isInvalid())
    return {};
  return {remappedPath(Presumed.getFilename(), *Options), Presumed.getLine(), Presumed.getColumn()};
}

std::string remappedPath(llvm::StringRef File, const CodeGenOptions &Options) {
  llvm::SmallString<256> Path(File);
  for (const auto &[From, To] : llvm::reverse(Options.DebugPrefixMap)) // the last one given wins
    if (llvm::sys::path::replace_path_prefix(Path, From, To))
      break;
  return std::string(Path);
}

Declarations digest(ASTContext &Context, const CodeGenOptions &Options, TypeScheme Scheme,
                    BodyMarks &Marks, const std::vector<const FunctionDecl *> &Functions,
                    const std::vector<const VarDecl *> &Variables) {
  Declarations Out;
  Out.Sources = &Context.getSourceManager();
  Out.Options = &Options;
  Out.Bodies.emplace_back();
  SymbolNamer Symbols(Context);
  const TypeNamer Types(Context, Scheme);
  BodyWalk Walk(Context, Symbols, Types, Out);
  for (const VarDecl *Variable : Variables)
    Walk.initializer(Variable);
  const Classes Known = classesOf(Context);
  for (const auto *List : {&Functions, &Known.Methods})
    for (const FunctionDecl *Function : *List)
      readFunction(Context, Function, Symbols, Types, Marks, Walk, Out);
  for (const RecordDecl *Union : Known.Unions)
    readUnion(Union, Walk.variables());
  for (const CXXRecordDecl *Class : Known.Made)
    readOverrides(Class, Symbols, Out);
  readUnprototyped(Context, Types, Out);
  return Out;
}

} // namespace weir::frontend
