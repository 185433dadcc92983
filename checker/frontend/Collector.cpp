#include "frontend/Collector.h"

#include "frontend/DebugLocations.h"
#include "frontend/InlineAsm.h"
#include "frontend/LibraryCalls.h"
#include "frontend/StartSections.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/GlobalAlias.h"
#include "llvm/IR/GlobalIFunc.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"
#include "llvm/TargetParser/Triple.h"

using namespace llvm;

namespace weir::frontend {
namespace {

/// No type of C or C++ is written so.
constexpr StringRef CoroutineType = "coroutine";

/// Fills one UnitFacts from one module, table by table.
class Collector {
public:
  Collector(const Module &M, const Declarations &Declared, TypeScheme Scheme)
      : M(M), Declared(Declared), Scheme(Scheme), Target(M.getTargetTriple()),
        BeforeMain(Declared.Bodies.empty() ? nullptr : &Declared.Bodies.front()) {
    for (const FunctionMention &Mention : Declared.Initializers)
      Mentions[Mention.Function].push_back(&Mention);
    for (const FunctionMention &Mention : Declared.Casts)
      Casts[Mention.Function].push_back(&Mention);
  }

  facts::UnitFacts run(StringRef Name) {
    describeUnit(Name);
    collectLists();
    for (const Function &F : M)
      if (!F.isDeclaration())
        collectBody(F);
    for (const GlobalVariable &Object : M.globals())
      collectObject(Object);
    for (const GlobalAlias &Alias : M.aliases())
      collectAlias(Alias, Alias.getAliasee(), 0);
    for (const GlobalIFunc &Ifunc : M.ifuncs())
      collectAlias(Ifunc, Ifunc.getResolver(), facts::AliasIfunc);
    for (const PointerCast &Cast : Declared.PointerCasts)
      collectCast(Cast);
    for (const RetypedPointer &Retyped : Declared.Retypes)
      Facts.Retypes.push_back({intern(Retyped.Type), Retyped.Flags, location(Retyped.Point)});
    for (const StoredValue &Value : Declared.Stores)
      collectStore(Value);
    for (const OverridingMethod &Method : Declared.Overrides)
      Facts.Overrides.push_back({intern(Method.Method), intern(Method.Overridden)});
    return std::move(Facts);
  }

private:
  void describeUnit(StringRef Name) {
    Facts.Name = intern(Name.empty() ? StringRef(M.getSourceFileName()) : Name);
    Facts.Triple = intern(Target.str());
    Facts.Scheme = intern(schemeName(Scheme));
    if (const NamedMDNode *Ident = M.getNamedMetadata("llvm.ident"))
      if (Ident->getNumOperands() > 0)
        if (const auto *Text = dyn_cast<MDString>(Ident->getOperand(0)->getOperand(0)))
          Facts.Producer = intern(Text->getString());
  }

  facts::Str intern(StringRef Text) { return Facts.Strings.intern(Text); }

  facts::Location location(const SourcePoint &Point) {
    if (!Point.Line)
      return {};
    return {intern(Point.File), Point.Line, Point.Column};
  }

  facts::Location location(RawPlace Where) { return location(Declared.point(Where)); }

  //===--- Functions ------------------------------------------------------===//

  /// The row of a function, alias or ifunc; made when first met.
  uint32_t row(const GlobalValue &Symbol) {
    auto [Found, New] = Rows.try_emplace(&Symbol, Facts.Functions.size());
    if (!New)
      return Found->second;
    const uint32_t Index = Found->second;
    facts::Function Entry;
    StringRef Name = Symbol.getName();
    Name.consume_front("\1");
    Entry.Name = intern(Name);
    Entry.Flags = linkageFlags(Symbol) | listFlags(Symbol);
    describeFunction(dyn_cast_or_null<Function>(Symbol.getAliaseeObject()), Name, Entry);
    Facts.Functions.push_back(Entry);
    return Index;
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

  uint32_t listFlags(const GlobalValue &Symbol) const {
    return (Constructors.count(&Symbol) ? facts::FnConstructor : 0) |
           (Retained.count(&Symbol) ? facts::FnRetained : 0);
  }

  void describeFunction(const Function *F, StringRef Name, facts::Function &Entry) {
    SourcePoint Definition = F && !Declared.Sources ? pointOf(*F) : SourcePoint();
    // The address of any other is taken in this unit or, with its type, in the one that takes it.
    const bool IsOwn = Entry.Flags & (facts::FnLocal | facts::FnComdat);
    if (F && (!IsOwn || (Entry.Flags & facts::FnRetained)))
      nameType(*F, Entry);
    if (auto Known = Declared.Functions.find(Name); Known != Declared.Functions.end()) {
      Definition = Declared.point(Known->second.Definition);
      Entry.Flags |= (Known->second.NonAllocating ? facts::FnNonAllocating : 0) |
                     (Known->second.Allocating ? facts::FnAllocating : 0);
    }
    Entry.Loc = location(Definition);
  }

  void nameType(const Function &F, facts::Function &Entry) {
    const std::string Type = typeOf(F, Scheme);
    Entry.Type = intern(Type);
    if (!Type.empty() && Declared.Unprototyped.contains(Type))
      Entry.Flags |= facts::FnNoPrototype;
  }

  /// The row of a function whose address is taken.
  uint32_t takenRow(const GlobalValue &Symbol) {
    const uint32_t Row = row(Symbol);
    const auto *F = dyn_cast_or_null<Function>(Symbol.getAliaseeObject());
    if (F && !Facts.Functions[Row].Type)
      nameType(*F, Facts.Functions[Row]);
    return Row;
  }

  //===--- Lists the compiler keeps: used, constructors, annotations ------===//

  void collectLists() {
    for (StringRef List : {"llvm.used", "llvm.compiler.used"})
      forEachListed(List, [&](const Constant *Entry) { remember(Entry, Retained); });
    for (StringRef List : {"llvm.global_ctors", "llvm.global_dtors"})
      forEachListed(List, [&](const Constant *Entry) {
        remember(cast<Constant>(Entry->getOperand(1)), Constructors);
      });
    forEachStarted(M, [&](const GlobalValue &Symbol) { Constructors.insert(&Symbol); });
    for (const Function &F : M)
      if (!F.isDeclaration())
        row(F);
    forEachListed("llvm.global.annotations", [&](const Constant *Entry) { annotate(*Entry); });
  }

  template <typename Visitor> void forEachListed(StringRef Name, Visitor Visit) {
    const GlobalVariable *List = M.getGlobalVariable(Name, /*AllowInternal=*/true);
    if (!List || !List->hasInitializer())
      return;
    for (const Use &Entry : List->getInitializer()->operands())
      Visit(cast<Constant>(Entry.get()));
  }

  static void remember(const Constant *Entry, SmallPtrSetImpl<const GlobalValue *> &Set) {
    if (const auto *Symbol = dyn_cast<GlobalValue>(Entry->stripPointerCasts()))
      Set.insert(Symbol);
  }

  void annotate(const Constant &Entry) {
    const auto *F = dyn_cast<Function>(Entry.getOperand(0)->stripPointerCasts());
    const auto *Object = dyn_cast<GlobalVariable>(Entry.getOperand(1)->stripPointerCasts());
    if (!F || !Object || !Object->hasInitializer())
      return;
    if (const auto *Text = dyn_cast<ConstantDataSequential>(Object->getInitializer()))
      if (Text->isCString())
        Facts.Annotations.push_back({row(*F), intern(Text->getAsCString())});
  }

  //===--- Bodies ---------------------------------------------------------===//

  void collectBody(const Function &F) {
    const DeclaredFunction *Source = sourceOf(F);
    OccurrenceMatcher Own(Source ? &Declared.Bodies[Source->Body] : nullptr);
    Places = Source ? &Own : &BeforeMain;
    Fallback = Source ? Source->Definition : 0;
    const size_t FirstSite = Facts.Sites.size();
    if (F.isPresplitCoroutine())
      Facts.Addresses.push_back(
          {row(F), 0, intern(CoroutineType), Facts.Functions[row(F)].Name, location(Fallback)});
    for (const Instruction &I : instructions(F)) {
      const auto *Call = dyn_cast<CallBase>(&I);
      if (Call)
        collectCall(F, *Call);
      collectLowered(F, I);
      for (const Use &Operand : I.operands()) {
        if (Call && (Call->isCallee(&Operand) || Operand.get() == awaiterOf(*Call)))
          continue;
        if (const auto *Value = dyn_cast<Constant>(Operand.get()))
          collectOperand(*Value, F, I);
      }
    }
    if (Source)
      collectOrigins(Declared.Bodies[Source->Body], FirstSite);
  }

  void collectOperand(const Constant &Value, const Function &F, const Instruction &I) {
    if (isa<ConstantData>(Value))
      return;
    forEachFunction(Value, [&](const GlobalValue &Taken) { taken(Taken, F, I); });
    collectInstances(Value, row(F) + 1);
  }

  void addInstance(const facts::Instance &Made) {
    if (Instances.insert({Made.Function, Made.Table}).second)
      Facts.Instances.push_back(Made);
  }

  /// An object is made by storing the address of its class's table, in code or in an initialiser.
  void collectInstances(const Constant &Top, uint32_t Maker) {
    SmallVector<const Constant *, 16> Work{&Top};
    SmallPtrSet<const Constant *, 16> Seen;
    while (!Work.empty()) {
      const Constant *C = Work.pop_back_val();
      if (isa<ConstantData, BlockAddress>(C) || !Seen.insert(C).second)
        continue;
      if (const auto *Symbol = dyn_cast<GlobalValue>(C)) {
        if (Symbol->getName().starts_with("_ZTV"))
          addInstance({Maker, intern(Symbol->getName())});
        continue;
      }
      for (const Use &Operand : C->operands())
        if (const auto *Inner = dyn_cast<Constant>(Operand.get()))
          Work.push_back(Inner);
    }
  }

  /// Which variables, or methods, the pointers that a function calls through come from. Sites are
  /// told apart by their type alone: the order of the source is not quite that of the IR, and one
  /// of unknown origin leaves all of its type unknown.
  void collectOrigins(const Body &Source, size_t FirstSite) {
    for (size_t I = FirstSite; I < Facts.Sites.size(); ++I) {
      const facts::Site &Site = Facts.Sites[I];
      if (Site.Flags & facts::SiteInlineAsm)
        continue;
      const bool Virtual = Site.Flags & facts::SiteVirtual;
      // A destructor has no type; under kCFI no virtual call has one.
      const bool ByType = Site.Type || (Virtual && Scheme == TypeScheme::Generalized);
      // A call through an array that a pointer leads to looks like a virtual one in the IR.
      if (Virtual && mayUse(Source.Pointers, Facts.Strings[Site.Type], ByType))
        continue;
      for (StringRef Origin :
           originsOf(Virtual ? Source.Methods : Source.Pointers, Facts.Strings[Site.Type], ByType))
        if (Virtual)
          Facts.VirtualCalls.push_back({static_cast<uint32_t>(I), intern(Origin)});
        else
          Facts.Sources.push_back({static_cast<uint32_t>(I), intern(Origin)});
    }
  }

  static bool mayUse(const std::vector<PointerUse> &Uses, StringRef Type, bool ByType) {
    return any_of(Uses, [&](const PointerUse &Use) {
      return !ByType || Use.Type.empty() || Use.Type == Type;
    });
  }

  static SmallVector<StringRef, 4> originsOf(const std::vector<PointerUse> &Uses, StringRef Type,
                                             bool ByType) {
    SmallVector<StringRef, 4> Origins;
    for (const PointerUse &Use : Uses) {
      if (ByType && Use.Type != Type)
        continue;
      if (Use.Origin.empty())
        return {};
      if (!is_contained(Origins, Use.Origin))
        Origins.push_back(Use.Origin);
    }
    return Origins;
  }

  /// The digest of the source of a function, null when it has none.
  const DeclaredFunction *sourceOf(const Function &F) const {
    StringRef Name = F.getName();
    Name.consume_front("\1");
    const auto Known = Declared.Functions.find(Name);
    return Known != Declared.Functions.end() && Known->second.Body ? &Known->second : nullptr;
  }

  void collectCall(const Function &F, const CallBase &Call) {
    const Value *Callee = Call.getCalledOperand()->stripPointerCasts();
    if (const auto *Assembly = dyn_cast<InlineAsm>(Callee)) {
      if (mayTransferControl(Assembly->getAsmString(), Target))
        Facts.Sites.push_back({row(F), facts::SiteInlineAsm, 0, place(Call, Places->assembly())});
      return;
    }
    if (const auto *Symbol = dyn_cast<GlobalValue>(Callee)) {
      if (Call.getIntrinsicID() != Intrinsic::not_intrinsic) // one may be invoked: no IntrinsicInst
        return collectCoroutine(F, Call);
      const uint32_t Flags = Call.isMustTailCall() ? facts::CallTail : 0;
      const uint32_t Callee = row(*Symbol);
      const RawPlace Where = Places->call(Facts.Strings[Facts.Functions[Callee].Name]);
      Facts.Calls.push_back({row(F), Callee, Flags, place(Call, Where)});
      return;
    }
    const std::string Type = typeOf(Call, Scheme);
    uint32_t Flags = isVirtual(*Callee) ? facts::SiteVirtual : 0;
    if (!Type.empty() && Declared.Unprototyped.contains(Type))
      Flags |= facts::SiteNoPrototype;
    const RawPlace Where = Places->callThroughPointer(Flags & facts::SiteVirtual);
    Facts.Sites.push_back({row(F), Flags, intern(Type), place(Call, Where)});
  }

  /// A handle resumes or destroys a coroutine: one of those in the program. Such calls have a type
  /// of their own, and each coroutine is taken as that type.
  void collectCoroutine(const Function &F, const CallBase &Call) {
    const Intrinsic::ID Id = Call.getIntrinsicID();
    if (const Function *Awaiter = awaiterOf(Call))
      Facts.Calls.push_back({row(F), row(*Awaiter), 0, place(Call, 0)});
    if (Id == Intrinsic::coro_resume || Id == Intrinsic::coro_destroy ||
        Id == Intrinsic::coro_await_suspend_handle)
      Facts.Sites.push_back({row(F), 0, intern(CoroutineType), place(Call, 0)});
  }

  /// The function around `await_suspend` that a coroutine calls before it waits; else null.
  static const Function *awaiterOf(const CallBase &Call) {
    switch (Call.getIntrinsicID()) {
    case Intrinsic::coro_await_suspend_void:
    case Intrinsic::coro_await_suspend_bool:
    case Intrinsic::coro_await_suspend_handle:
      return dyn_cast<Function>(Call.getArgOperand(2)->stripPointerCasts());
    default:
      return nullptr;
    }
  }

  /// A library function that the source calls, and of which the compiler made something else than a
  /// call: one of either kind in a body for one of the other. Memory from the stack has no other
  /// source than an array of variable length.
  void collectLowered(const Function &F, const Instruction &I) {
    const StringRef Operation = operationOf(I);
    if (Operation.empty())
      return;
    const bool Stack = isa<AllocaInst>(I);
    const Occurrence *Source = Places->lowered(Operation);
    if (!Source && !Stack)
      return;
    const StringRef Spelled = Stack ? Operation : withoutCheck(Source->Name);
    const facts::Location Where = place(I, Source ? Source->Where : 0);
    Facts.Calls.push_back({row(F), libraryRow(Spelled), facts::CallBuiltin, Where});
    const StringRef Other = memoryFunction(Operation);
    if (!Other.empty() && Other != Spelled)
      Facts.Calls.push_back({row(F), libraryRow(Other), facts::CallBuiltin, Where});
  }

  /// The row of a function that the module may not declare.
  uint32_t libraryRow(StringRef Name) {
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

  /// The place of an instruction. What the compiler added, as the destructor of a member, stands
  /// where the function does.
  facts::Location place(const Instruction &I, RawPlace Found) {
    if (!Declared.Sources)
      return location(pointOf(I));
    return location(Found ? Found : Fallback);
  }

  /// A slot of a virtual table, as clang writes it: load, from a constant offset into pointers,
  /// from a load.
  static bool isVirtual(const Value &Callee) {
    const auto *Slot = dyn_cast<LoadInst>(&Callee);
    if (!Slot)
      return false;
    const auto *Offset = dyn_cast<GetElementPtrInst>(Slot->getPointerOperand());
    return Offset && Offset->getSourceElementType()->isPointerTy() &&
           Offset->hasAllConstantIndices() && Offset->getNumIndices() == 1 &&
           isa<LoadInst>(Offset->getPointerOperand());
  }

  //===--- Addresses ------------------------------------------------------===//

  /// Calls \p Visit for each function, alias or ifunc in \p Top. Another object's contents are not
  /// part of it: that object holds them.
  template <typename Visitor> static void forEachFunction(const Constant &Top, Visitor Visit) {
    SmallVector<const Constant *, 16> Work{&Top};
    SmallPtrSet<const Constant *, 16> Seen;
    while (!Work.empty()) {
      const Constant *C = Work.pop_back_val();
      if (isa<GlobalVariable, BlockAddress, ConstantData>(C) || !Seen.insert(C).second)
        continue;
      if (const auto *Symbol = dyn_cast<GlobalValue>(C)) {
        if (isa<FunctionType>(Symbol->getValueType()) && !Symbol->getName().starts_with("llvm."))
          Visit(*Symbol);
        continue;
      }
      for (const Use &Operand : reverse(C->operands())) // the first is to be visited first
        if (const auto *Inner = dyn_cast<Constant>(Operand.get()))
          Work.push_back(Inner);
    }
  }

  void taken(const GlobalValue &Taken, const Function &Holder, const Instruction &I) {
    const uint32_t Row = takenRow(Taken);
    const RawPlace Where = Places->address(Facts.Strings[Facts.Functions[Row].Name]);
    Facts.Addresses.push_back(
        {Row, 0, Facts.Functions[Row].Type, Facts.Functions[row(Holder)].Name, place(I, Where)});
    addCasts(Row);
  }

  /// Where the syntax tree saw the function converted to another type, it is taken as that type as
  /// well. Each such place is written once, however often the function is taken.
  void addCasts(uint32_t Row) {
    auto Found = Casts.find(Facts.Strings[Facts.Functions[Row].Name]);
    if (Found == Casts.end())
      return;
    for (const FunctionMention *Mention : Found->second)
      addMention(Row, *Mention, 0);
    Casts.erase(Found);
  }

  void addMention(uint32_t Row, const FunctionMention &Mention, uint32_t Flags) {
    Facts.Addresses.push_back(
        {Row, Flags | (Mention.Untyped ? facts::AddressOpaque : 0),
         Mention.Converted ? intern(Mention.CastType) : Facts.Functions[Row].Type,
         intern(Mention.Holder), location(Mention.Point)});
  }

  void collectObject(const GlobalVariable &Object) {
    if (!Object.hasInitializer() || Object.getName().starts_with("llvm."))
      return;
    forEachFunction(*Object.getInitializer(),
                    [&](const GlobalValue &Taken) { heldBy(Object, Taken); });
    // A table of tables is for objects under construction, and is named where they are made.
    if (!Object.getName().starts_with("_ZT"))
      collectInstances(*Object.getInitializer(), 0);
  }

  void heldBy(const GlobalVariable &Object, const GlobalValue &Taken) {
    const uint32_t Row = takenRow(Taken);
    StringRef Holder = Object.getName();
    Holder.consume_front("\1");
    const size_t Before = Facts.Addresses.size();
    for (const FunctionMention *Mention : Mentions.lookup(Facts.Strings[Facts.Functions[Row].Name]))
      if (Mention->Holder == Holder)
        addMention(Row, *Mention, facts::AddressInInitializer);
    if (Facts.Addresses.size() != Before)
      return;
    if (!Object.hasPrivateLinkage() || !heldByUsers(Object, Row))
      Facts.Addresses.push_back(
          {Row, facts::AddressInInitializer, Facts.Functions[Row].Type, intern(Holder), {}});
  }

  /// A nameless constant that initialises a local object: the functions that copy it hold the
  /// address, where they copy it.
  bool heldByUsers(const GlobalVariable &Object, uint32_t Row) {
    bool Found = false;
    for (const User *User : Object.users())
      if (const auto *I = dyn_cast<Instruction>(User)) {
        copied(*I, Row);
        Found = true;
      }
    if (Found)
      addCasts(Row);
    return Found;
  }

  void copied(const Instruction &I, uint32_t Row) {
    const Function &Holder = *I.getFunction();
    const DeclaredFunction *Source = sourceOf(Holder);
    OccurrenceMatcher Own(Source ? &Declared.Bodies[Source->Body] : nullptr);
    const RawPlace Where = Own.address(Facts.Strings[Facts.Functions[Row].Name]);
    Fallback = Source ? Source->Definition : 0;
    Facts.Addresses.push_back(
        {Row, 0, Facts.Functions[Row].Type, Facts.Functions[row(Holder)].Name, place(I, Where)});
  }

  //===--- Aliases --------------------------------------------------------===//

  void collectAlias(const GlobalValue &Name, const Constant *Aliasee, uint32_t Flags) {
    const auto *Symbol = dyn_cast<GlobalValue>(Aliasee->stripPointerCasts());
    if (Symbol && isa<FunctionType>(Symbol->getValueType()))
      Facts.Aliases.push_back({row(Name), row(*Symbol), Flags});
  }

  //===--- Casts ----------------------------------------------------------===//

  void collectCast(const PointerCast &Cast) {
    const uint32_t Flags = (Cast.FromNoPrototype ? facts::CastFromNoPrototype : 0) |
                           (Cast.ToNoPrototype ? facts::CastToNoPrototype : 0) |
                           (Cast.ThroughInteger ? facts::CastThroughInteger : 0);
    Facts.Casts.push_back({intern(Cast.From), Flags, intern(Cast.To), location(Cast.Point)});
  }

  /// A function that the IR does not mention is stored by code that was not made.
  void collectStore(const StoredValue &Value) {
    facts::Store Entry{intern(Value.Variable), Value.Flags, 0, intern(Value.From),
                       location(Value.Point)};
    if (!Value.Function.empty()) {
      const GlobalValue *Function = M.getNamedValue(Value.Function);
      if (!Function)
        Function = M.getNamedValue("\1" + Value.Function);
      if (!Function)
        return;
      Entry.Function = row(*Function) + 1;
    }
    Facts.Stores.push_back(Entry);
  }

  const Module &M;
  const Declarations &Declared;
  const TypeScheme Scheme;
  const Triple Target;
  facts::UnitFacts Facts;
  DenseMap<const GlobalValue *, uint32_t> Rows;
  StringMap<uint32_t> LibraryRows;
  DenseSet<std::pair<uint32_t, facts::Str>> Instances;
  OccurrenceMatcher BeforeMain; ///< for all functions that have no source of their own
  OccurrenceMatcher *Places = &BeforeMain;
  RawPlace Fallback = 0;
  SmallPtrSet<const GlobalValue *, 16> Constructors;
  SmallPtrSet<const GlobalValue *, 16> Retained;
  StringMap<SmallVector<const FunctionMention *, 2>> Mentions;
  StringMap<SmallVector<const FunctionMention *, 2>> Casts;
};

} // namespace

facts::UnitFacts collect(const Module &M, const Declarations &Declared, TypeScheme Scheme,
                         StringRef Name) {
  return Collector(M, Declared, Scheme).run(Name);
}

} // namespace weir::frontend
