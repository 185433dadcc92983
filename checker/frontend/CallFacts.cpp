#include "frontend/CallFacts.h"

#include "frontend/InlineAsm.h"
#include "frontend/LibraryCalls.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace weir::frontend {

/// No type of C or C++ is written so.
static constexpr StringRef CoroutineType = "coroutine";

CallFacts::CallFacts(const Module &M, const Declarations &Declared, TypeScheme Scheme,
                     FunctionTable &Functions, AddressFacts &Addresses, facts::UnitFacts &Facts)
    : Declared(Declared), Scheme(Scheme), Target(M.getTargetTriple()), Functions(Functions),
      Addresses(Addresses), Facts(Facts),
      BeforeMain(Declared.Bodies.empty() ? nullptr : &Declared.Bodies.front()) {}

void CallFacts::body(const Function &F) {
  BodyPlaces Places(F, Declared, Functions, &BeforeMain);
  const uint32_t Row = Functions.row(F);
  const size_t FirstSite = Facts.Sites.size();
  if (F.isPresplitCoroutine())
    Facts.Addresses.push_back(
        {Row, 0, Functions.intern(CoroutineType), Facts.Functions[Row].Name, Places.fallback()});
  for (const Instruction &I : instructions(F))
    instruction(I, Row, Places);
  if (const Body *Source = Places.source())
    origins(*Source, FirstSite);
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

void CallFacts::instruction(const Instruction &I, uint32_t Caller, BodyPlaces &Places) {
  const auto *Call = dyn_cast<CallBase>(&I);
  if (Call)
    call(*Call, Caller, Places);
  lowered(I, Caller, Places);
  for (const Use &Operand : I.operands()) {
    if (Call && (Call->isCallee(&Operand) || Operand.get() == awaiterOf(*Call)))
      continue;
    if (const auto *Value = dyn_cast<Constant>(Operand.get()))
      Addresses.operand(*Value, I, Caller, Places);
  }
}

//===--- Calls ------------------------------------------------------------===//

void CallFacts::call(const CallBase &Call, uint32_t Caller, BodyPlaces &Places) {
  const Value *Callee = Call.getCalledOperand()->stripPointerCasts();
  if (const auto *Assembly = dyn_cast<InlineAsm>(Callee)) {
    if (mayTransferControl(Assembly->getAsmString(), Target))
      Facts.Sites.push_back(
          {Caller, facts::SiteInlineAsm, 0, Places.place(Call, Places.occurrences().assembly())});
    return;
  }
  const auto *Symbol = dyn_cast<GlobalValue>(Callee);
  if (!Symbol)
    return throughPointer(Call, Caller, Places);
  if (Call.getIntrinsicID() != Intrinsic::not_intrinsic) // one may be invoked: no IntrinsicInst
    return coroutine(Call, Caller, Places);
  const uint32_t Flags = Call.isMustTailCall() ? facts::CallTail : 0;
  const uint32_t Row = Functions.row(*Symbol);
  const RawPlace Where = Places.occurrences().call(Functions.nameOf(Row));
  Facts.Calls.push_back({Caller, Row, Flags, Places.place(Call, Where)});
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

void CallFacts::throughPointer(const CallBase &Call, uint32_t Caller, BodyPlaces &Places) {
  const std::string Type = typeOf(Call, Scheme);
  uint32_t Flags =
      isVirtual(*Call.getCalledOperand()->stripPointerCasts()) ? facts::SiteVirtual : 0;
  if (!Type.empty() && Declared.Unprototyped.contains(Type))
    Flags |= facts::SiteNoPrototype;
  const RawPlace Where = Places.occurrences().callThroughPointer(Flags & facts::SiteVirtual);
  Facts.Sites.push_back({Caller, Flags, Functions.intern(Type), Places.place(Call, Where)});
}

/// A handle resumes or destroys a coroutine: one of those in the program. Such calls have a type
/// of their own, and each coroutine is taken as that type.
void CallFacts::coroutine(const CallBase &Call, uint32_t Caller, BodyPlaces &Places) {
  const Intrinsic::ID Id = Call.getIntrinsicID();
  if (const Function *Awaiter = awaiterOf(Call))
    Facts.Calls.push_back({Caller, Functions.row(*Awaiter), 0, Places.place(Call, 0)});
  if (Id == Intrinsic::coro_resume || Id == Intrinsic::coro_destroy ||
      Id == Intrinsic::coro_await_suspend_handle)
    Facts.Sites.push_back({Caller, 0, Functions.intern(CoroutineType), Places.place(Call, 0)});
}

/// A library function that the source calls, and of which the compiler made something else than a
/// call: one of either kind in a body for one of the other. Memory from the stack has no other
/// source than an array of variable length.
void CallFacts::lowered(const Instruction &I, uint32_t Caller, BodyPlaces &Places) {
  const StringRef Operation = operationOf(I);
  if (Operation.empty())
    return;
  const bool Stack = isa<AllocaInst>(I);
  const Occurrence *Source = Places.occurrences().lowered(Operation);
  if (!Source && !Stack)
    return;
  const StringRef Spelled = Stack ? Operation : withoutCheck(Source->Name);
  const facts::Location Where = Places.place(I, Source ? Source->Where : 0);
  Facts.Calls.push_back({Caller, Functions.libraryRow(Spelled), facts::CallBuiltin, Where});
  const StringRef Other = memoryFunction(Operation);
  if (!Other.empty() && Other != Spelled)
    Facts.Calls.push_back({Caller, Functions.libraryRow(Other), facts::CallBuiltin, Where});
}

//===--- Where pointers come from -----------------------------------------===//

static bool mayUse(const std::vector<PointerUse> &Uses, StringRef Type, bool ByType) {
  return any_of(
      Uses, [&](const PointerUse &Use) { return !ByType || Use.Type.empty() || Use.Type == Type; });
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

static size_t callsIn(const std::vector<PointerUse> &Uses, StringRef Type, bool ByType) {
  return count_if(
      Uses, [&](const PointerUse &Use) { return Use.IsCall && (!ByType || Use.Type == Type); });
}

/// Whether the source that was walked has all calls that may be taken for \p Site, and no others.
/// What the compiler puts into a body from elsewhere, as an inherited constructor, has calls that
/// the walk did not meet, and their origins are not those of the calls that it met.
bool CallFacts::isWalked(const facts::Site &Site, const Body &Source, size_t FirstSite,
                         bool ByType) const {
  const StringRef Type = Facts.Strings[Site.Type];
  const size_t Sites =
      count_if(ArrayRef(Facts.Sites).drop_front(FirstSite), [&](const facts::Site &Other) {
        return !(Other.Flags & facts::SiteInlineAsm) && (!ByType || Other.Type == Site.Type);
      });
  const bool MethodsHaveTypes = !ByType || Scheme == TypeScheme::Generalized;
  return Sites == callsIn(Source.Pointers, Type, ByType) +
                      (MethodsHaveTypes ? callsIn(Source.Methods, Type, ByType) : 0);
}

/// Which variables, or methods, the pointers that a function calls through come from. Sites are
/// told apart by their type alone: the order of the source is not quite that of the IR, and one
/// of unknown origin leaves all of its type unknown.
void CallFacts::origins(const Body &Source, size_t FirstSite) {
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
    if (!isWalked(Site, Source, FirstSite, ByType))
      continue;
    for (StringRef Origin :
         originsOf(Virtual ? Source.Methods : Source.Pointers, Facts.Strings[Site.Type], ByType))
      if (Virtual)
        Facts.VirtualCalls.push_back({static_cast<uint32_t>(I), Functions.intern(Origin)});
      else
        Facts.Sources.push_back({static_cast<uint32_t>(I), Functions.intern(Origin)});
  }
}

} // namespace weir::frontend
