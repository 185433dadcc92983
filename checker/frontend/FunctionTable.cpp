#include "frontend/FunctionTable.h"

#include "frontend/DebugLocations.h"
#include "frontend/StartSections.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace weir::frontend {

void forEachListed(const Module &M, StringRef Name, function_ref<void(const Constant &)> Visit) {
  const GlobalVariable *List = M.getGlobalVariable(Name, /*AllowInternal=*/true);
  if (!List || !List->hasInitializer())
    return;
  for (const Use &Entry : List->getInitializer()->operands())
    Visit(*cast<Constant>(Entry.get()));
}

StringRef plainName(const GlobalValue &Symbol) {
  StringRef Name = Symbol.getName();
  Name.consume_front("\1");
  return Name;
}

/// A function is known by its mark, or by its symbol; attributes may come from another declaration.
/// An alias stands for a constructor or destructor that is alike.
DeclaredFunction declaredAs(const GlobalValue &Symbol, const Declarations &Declared) {
  DeclaredFunction Known;
  const bool IsAlias = !isa<Function>(Symbol);
  const auto *F = dyn_cast_or_null<Function>(Symbol.getAliaseeObject());
  if (F && !Declared.Marked.empty() && (!IsAlias || Symbol.getName().starts_with("_Z")))
    if (const unsigned Mark = markOf(*F); Mark < Declared.Marked.size())
      Known = Declared.Marked[Mark];
  if (Declared.Functions.empty())
    return Known;
  const auto Named = Declared.Functions.find(plainName(Symbol));
  if (Named == Declared.Functions.end())
    return Known;
  const DeclaredFunction &Other = Named->second;
  Known.Definition = Known.Definition ? Known.Definition : Other.Definition;
  Known.Body = Known.Body ? Known.Body : Other.Body;
  Known.NonAllocating |= Other.NonAllocating;
  Known.Allocating |= Other.Allocating;
  return Known;
}

static void remember(const Constant &Entry, SmallPtrSetImpl<const GlobalValue *> &Set) {
  if (const auto *Symbol = dyn_cast<GlobalValue>(Entry.stripPointerCasts()))
    Set.insert(Symbol);
}

FunctionTable::FunctionTable(const Module &M, const Declarations &Declared, TypeScheme Scheme,
                             facts::UnitFacts &Facts)
    : M(M), Declared(Declared), Scheme(Scheme), Facts(Facts) {
  for (StringRef List : {"llvm.used", "llvm.compiler.used"})
    forEachListed(M, List, [&](const Constant &Entry) { remember(Entry, Retained); });
  for (StringRef List : {"llvm.global_ctors", "llvm.global_dtors"})
    forEachListed(M, List, [&](const Constant &Entry) {
      remember(*cast<Constant>(Entry.getOperand(1)), Constructors);
    });
  forEachStarted(M, [&](const GlobalValue &Symbol) { Constructors.insert(&Symbol); });
}

static uint32_t linkageFlags(const GlobalValue &Symbol) {
  uint32_t Flags = 0;
  if (!Symbol.isDeclaration())
    Flags |= facts::FnDefined;
  if (Symbol.hasAvailableExternallyLinkage())
    Flags |= facts::FnAvailableExternally;
  if (Symbol.hasLocalLinkage())
    Flags |= facts::FnLocal;
  if (Symbol.hasWeakAnyLinkage() || Symbol.hasLinkOnceAnyLinkage() ||
      Symbol.hasExternalWeakLinkage())
    Flags |= facts::FnWeak;
  const auto *Object = dyn_cast<GlobalObject>(&Symbol);
  if ((Object && Object->hasComdat()) || Symbol.hasLinkOnceODRLinkage() ||
      Symbol.hasWeakODRLinkage())
    Flags |= facts::FnComdat;
  return Flags;
}

uint32_t FunctionTable::listFlags(const GlobalValue &Symbol) const {
  return (Constructors.count(&Symbol) ? facts::FnConstructor : 0) |
         (Retained.count(&Symbol) ? facts::FnRetained : 0);
}

uint32_t FunctionTable::row(const GlobalValue &Symbol) {
  auto [Found, New] = Rows.try_emplace(&Symbol, Facts.Functions.size());
  if (!New)
    return Found->second;
  const uint32_t Index = Found->second;
  facts::Function Entry;
  Entry.Name = intern(plainName(Symbol));
  Entry.Flags = linkageFlags(Symbol) | listFlags(Symbol);
  describe(Symbol, Entry);
  Facts.Functions.push_back(Entry);
  return Index;
}

void FunctionTable::describe(const GlobalValue &Symbol, facts::Function &Entry) {
  const auto *F = dyn_cast_or_null<Function>(Symbol.getAliaseeObject());
  SourcePoint Definition = F && !Declared.Sources ? pointOf(*F) : SourcePoint();
  // Who takes the address of a function in C or C++ records its type too. Assembly does not: it may
  // take that of any function that has one definition under this name.
  const bool IsOneOfAll =
      (Entry.Flags & facts::FnDefined) && !(Entry.Flags & (facts::FnLocal | facts::FnComdat));
  if (F && (IsOneOfAll || (Entry.Flags & facts::FnRetained)))
    nameType(Symbol, *F, Entry);
  const DeclaredFunction Known = declaredAs(Symbol, Declared);
  if (Known.Definition)
    Definition = Declared.point(Known.Definition);
  Entry.Flags |= (Known.NonAllocating ? facts::FnNonAllocating : 0) |
                 (Known.Allocating ? facts::FnAllocating : 0);
  Entry.Loc = location(Definition);
}

/// \p Code is the function that \p Symbol stands for; of an ifunc it is the resolver.
void FunctionTable::nameType(const GlobalValue &Symbol, const Function &Code,
                             facts::Function &Entry) {
  std::string Type = typeOf(Code, Scheme);
  if (&Symbol != &Code)
    if (auto Named = Declared.Functions.find(plainName(Symbol));
        Named != Declared.Functions.end() && Named->second.Type)
      Type = Named->second.Type->str();
  Entry.Type = intern(Type);
  if (!Type.empty() && Declared.Unprototyped.contains(Type))
    Entry.Flags |= facts::FnNoPrototype;
}

uint32_t FunctionTable::takenRow(const GlobalValue &Symbol) {
  const uint32_t Row = row(Symbol);
  const auto *F = dyn_cast_or_null<Function>(Symbol.getAliaseeObject());
  if (F && !Facts.Functions[Row].Type)
    nameType(Symbol, *F, Facts.Functions[Row]);
  return Row;
}

uint32_t FunctionTable::libraryRow(StringRef Name) {
  const GlobalValue *Symbol = M.getNamedValue(Name);
  if (Symbol && isa<FunctionType>(Symbol->getValueType()))
    return row(*Symbol);
  auto [Found, New] = LibraryRows.try_emplace(Name, Facts.Functions.size());
  if (New) {
    Facts.Functions.emplace_back();
    Facts.Functions.back().Name = intern(Name);
  }
  return Found->second;
}

StringRef FunctionTable::nameOf(uint32_t Row) const {
  return Facts.Strings[Facts.Functions[Row].Name];
}

facts::Location FunctionTable::location(const SourcePoint &Point) {
  if (!Point.Line)
    return {};
  return {intern(Point.File), Point.Line, Point.Column};
}

} // namespace weir::frontend
