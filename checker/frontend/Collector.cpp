#include "frontend/Collector.h"

#include "frontend/AddressFacts.h"
#include "frontend/CallFacts.h"
#include "frontend/FunctionTable.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/GlobalAlias.h"
#include "llvm/IR/GlobalIFunc.h"
#include "llvm/IR/Module.h"
#include "llvm/TargetParser/Triple.h"

using namespace llvm;

namespace weir::frontend {
namespace {

/// Fills one UnitFacts from one module, table by table.
class Collector {
public:
  Collector(const Module &M, const Declarations &Declared, TypeScheme Scheme)
      : M(M), Declared(Declared), Scheme(Scheme), Functions(M, Declared, Scheme, Facts) {}

  facts::UnitFacts run(StringRef Name) {
    describeUnit(Name);
    collectBodiesAndObjects();
    for (const GlobalAlias &Alias : M.aliases())
      collectAlias(Alias, Alias.getAliasee(), 0);
    for (const GlobalIFunc &Ifunc : M.ifuncs())
      collectAlias(Ifunc, Ifunc.getResolver(), facts::AliasIfunc);
    for (const PointerCast &Cast : Declared.PointerCasts)
      collectCast(Cast);
    for (const RetypedPointer &Retyped : Declared.Retypes)
      Facts.Retypes.push_back(
          {intern(Retyped.Type), Retyped.Flags, Functions.location(Retyped.Point)});
    for (const StoredValue &Value : Declared.Stores)
      collectStore(Value);
    for (const OverridingMethod &Method : Declared.Overrides)
      Facts.Overrides.push_back({intern(Method.Method), intern(Method.Overridden)});
    return std::move(Facts);
  }

private:
  facts::Str intern(StringRef Text) { return Functions.intern(Text); }

  void describeUnit(StringRef Name) {
    Facts.Name = intern(Name.empty() ? StringRef(M.getSourceFileName()) : Name);
    Facts.Triple = intern(Triple(M.getTargetTriple()).str());
    Facts.Scheme = intern(schemeName(Scheme));
    if (const NamedMDNode *Ident = M.getNamedMetadata("llvm.ident"))
      if (Ident->getNumOperands() > 0)
        if (const auto *Text = dyn_cast<MDString>(Ident->getOperand(0)->getOperand(0)))
          Facts.Producer = intern(compilerName(Text->getString()));
  }

  /// `clang 22.1.8` of `Debian clang version 22.1.8 (1~deb12u1)`: the object has it all already.
  static std::string compilerName(StringRef Ident) {
    const auto [Vendor, Version] = Ident.split(" version ");
    if (Version.empty())
      return Ident.str();
    return (Vendor.rsplit(' ').second.empty() ? Vendor : Vendor.rsplit(' ').second).str() + " " +
           Version.split(' ').first.str();
  }

  /// What is defined comes first in the table, in the order of the source.
  void collectBodiesAndObjects() {
    for (const Function &F : M)
      if (!F.isDeclaration())
        Functions.row(F);
    forEachListed(M, "llvm.global.annotations", [&](const Constant &Entry) { annotate(Entry); });
    AddressFacts Addresses(Declared, Functions, Facts);
    CallFacts Calls(M, Declared, Scheme, Functions, Addresses, Facts);
    for (const Function &F : M)
      if (!F.isDeclaration())
        Calls.body(F);
    for (const GlobalVariable &Object : M.globals())
      Addresses.object(Object);
  }

  void annotate(const Constant &Entry) {
    const Constant *Of = Entry.getAggregateElement(0U), *Said = Entry.getAggregateElement(1U);
    if (!Of || !Said)
      return;
    const auto *F = dyn_cast<Function>(Of->stripPointerCasts());
    const auto *Object = dyn_cast<GlobalVariable>(Said->stripPointerCasts());
    if (!F || !Object || !Object->hasInitializer())
      return;
    if (const auto *Text = dyn_cast<ConstantDataSequential>(Object->getInitializer()))
      if (Text->isCString())
        Facts.Annotations.push_back({Functions.row(*F), intern(Text->getAsCString())});
  }

  void collectAlias(const GlobalValue &Name, const Constant *Aliasee, uint32_t Flags) {
    const auto *Symbol = dyn_cast<GlobalValue>(Aliasee->stripPointerCasts());
    if (Symbol && isa<FunctionType>(Symbol->getValueType()))
      Facts.Aliases.push_back({Functions.row(Name), Functions.row(*Symbol), Flags});
  }

  void collectCast(const PointerCast &Cast) {
    const uint32_t Flags = (Cast.FromNoPrototype ? facts::CastFromNoPrototype : 0) |
                           (Cast.ToNoPrototype ? facts::CastToNoPrototype : 0) |
                           (Cast.ThroughInteger ? facts::CastThroughInteger : 0);
    Facts.Casts.push_back(
        {intern(Cast.From), Flags, intern(Cast.To), Functions.location(Cast.Point)});
  }

  /// A function that the IR does not mention is stored by code that was not made, or goes by
  /// another name there, as a weak reference does.
  void collectStore(const StoredValue &Value) {
    facts::Store Entry{intern(Value.Variable), Value.Flags, 0, intern(Value.From),
                       Functions.location(Value.Point)};
    if (const GlobalValue *Function = named(Value.Function))
      Entry.Function = Functions.row(*Function) + 1;
    else if (!Value.Function.empty())
      Entry.Flags |= facts::StoreUnknown;
    Facts.Stores.push_back(Entry);
  }

  /// A symbol by the name that the source or an asm label gives it.
  const GlobalValue *named(const std::string &Symbol) const {
    const GlobalValue *Found = M.getNamedValue(Symbol);
    return Found ? Found : M.getNamedValue("\1" + Symbol);
  }

  const Module &M;
  const Declarations &Declared;
  const TypeScheme Scheme;
  facts::UnitFacts Facts;
  FunctionTable Functions;
};

} // namespace

facts::UnitFacts collect(const Module &M, const Declarations &Declared, TypeScheme Scheme,
                         StringRef Name) {
  return Collector(M, Declared, Scheme).run(Name);
}

} // namespace weir::frontend
