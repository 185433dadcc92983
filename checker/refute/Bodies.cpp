#include "refute/Bodies.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/IR/AttributeMask.h"
#include "llvm/IR/DebugInfo.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/ReplaceConstant.h"
#include "llvm/Linker/Linker.h"

using namespace llvm;

namespace weir {
namespace {

constexpr const char NodePrefix[] = "weir.", LocalPrefix[] = "weir.variable.";

/// A function that the passes know nothing of but that it gives a value, and ends.
Function *opaque(Module &M, const Twine &Name, Type *Of, MemoryEffects Touches) {
  FunctionCallee Made =
      M.getOrInsertFunction((Bodies::AnythingPrefix + Name).str(), FunctionType::get(Of, false));
  auto *F = cast<Function>(Made.getCallee());
  F->setMemoryEffects(Touches);
  F->setDoesNotThrow();
  F->addFnAttr(Attribute::WillReturn);
  return F;
}

/// What a unit's functions are in the graph.
class Owner {
public:
  const Program &P;
  const CallGraph &G;
  ArrayRef<ToTarget> Ways;
  /// By node: how many bodies the program has of it, where not all are the same by the rules of
  /// C++.
  DenseMap<NodeId, unsigned> Definitions;
  /// Functions in whose place another may run: wrapped by the linker, or folded with it.
  DenseSet<NodeId> Replaced;

  Owner(const Program &P, const CallGraph &G, ArrayRef<ToTarget> Ways) : P(P), G(G), Ways(Ways) {
    for (const SameCode &W : P.Wraps)
      Replaced.insert(W.Name);
    for (const SameCode &F : P.Folded) {
      Replaced.insert(F.Name);
      Replaced.insert(F.Target);
    }
    for (uint32_t U = 0; U < P.Units.size(); ++U)
      for (auto [I, F] : enumerate(P.Units[U].Facts.Functions))
        if ((F.Flags & facts::FnDefined) && P.kept(U, I) && !(F.Flags & facts::FnComdat))
          ++Definitions[P.node(U, I)];
  }

  bool leadsToTarget(NodeId N) const {
    return any_of(Ways, [&](const ToTarget &To) { return To.reaches(N); });
  }

  /// Whether the body that a unit has of a function is the one that runs, and its only one. A weak
  /// one may give way to what has no facts.
  bool isTheBody(uint32_t U, uint32_t Function) const {
    const facts::Function &F = P.Units[U].Facts.Functions[Function];
    const NodeId N = P.node(U, Function);
    if (!(F.Flags & facts::FnDefined) || (F.Flags & facts::FnAvailableExternally) ||
        ((F.Flags & facts::FnWeak) && !(F.Flags & facts::FnComdat)) || !P.kept(U, Function) ||
        G.Banned[N] || G.Init[N] || Replaced.contains(N))
      return false;
    const unsigned Own = F.Flags & facts::FnComdat ? 0 : 1;
    return P.Nodes[N].HasBody && P.Nodes[N].Function == P.Functions.id(U, Function) &&
           Definitions.lookup(N) == Own;
  }

  /// Whether the code has all that the graph knows of its function: the calls that lead to what is
  /// looked for, and no other way to get there.
  bool agrees(const Function &F, NodeId N) const {
    SmallPtrSet<const Function *, 16> Called, Held;
    bool HasPointerCall = false;
    for (const Instruction &I : instructions(F)) {
      const auto *Call = dyn_cast<CallBase>(&I);
      if (Call && !isPlain(*Call))
        return false;
      HasPointerCall |= Call && !Call->isInlineAsm() && !Bodies::calleeOf(*Call);
      for (const Use &U : I.operands())
        if (Call && Call->isCallee(&U) && isa<Function>(U))
          Called.insert(cast<Function>(U));
        else
          addHeld(*U, Held);
    }
    return all_of(G.from(N), [&](const Edge &E) {
      if (!leadsToTarget(E.To) && !(G.isClass(E.To) && G.Unresolved[G.classOf(E.To)]))
        return true;
      if (E.kind() == EdgeKind::Call) {
        // Who is handed the function may call it as well; and what is an instruction to the
        // compiler is a call of a name to the facts.
        const Function *Callee = F.getParent()->getFunction(Bodies::nameOf(E.To));
        return Called.contains(Callee) && !Held.contains(Callee) && !isOfCompiler(E.fact());
      }
      return E.kind() == EdgeKind::Site && HasPointerCall && !G.Unresolved[G.classOf(E.To)] &&
             G.Classes[G.classOf(E.To)].Kind != ClassKind::Assembly;
    });
  }

private:
  /// Whether the code around a call runs from the top down, and no other than what is written:
  /// after a `longjmp` to it a variable may hold what no path of the code gives it; a coroutine
  /// goes on elsewhere; where a function returns to is another place once it is inlined.
  static bool isPlain(const CallBase &Call) {
    if (Call.hasFnAttr(Attribute::ReturnsTwice))
      return false;
    const auto *Intrinsic = dyn_cast<IntrinsicInst>(&Call);
    if (!Intrinsic)
      return true;
    const StringRef Name = Intrinsic->getCalledFunction()->getName();
    return none_of(std::initializer_list<StringRef>{"llvm.eh.sjlj.", "llvm.coro.", "llvm.local",
                                                    "llvm.returnaddress", "llvm.addressofreturn",
                                                    "llvm.frameaddress", "llvm.sponentry"},
                   [&](StringRef Prefix) { return Name.starts_with(Prefix); });
  }

  bool isOfCompiler(FactId Call) const {
    auto [U, Entry] = P.Calls.find(Call);
    return P.Units[U].Facts.Calls[Entry].Flags & (facts::CallBuiltin | facts::CallInferred);
  }

  /// The functions in a value that is used otherwise than to call it.
  static void addHeld(const Value &In, SmallPtrSetImpl<const Function *> &Held) {
    if (const auto *F = dyn_cast<Function>(&In))
      Held.insert(F);
    else if (isa<ConstantExpr>(In) || isa<ConstantAggregate>(In))
      for (const Use &U : cast<Constant>(In).operands())
        addHeld(*U, Held);
  }
};

/// Makes one unit's module a part of the program's.
class Adopter {
public:
  Adopter(const Owner &Of, Module &M, uint32_t Unit, Module &Whole, StringSet<> &Defined)
      : Of(Of), M(M), Unit(Unit), Whole(Whole), Defined(Defined) {}

  void run() {
    StripDebugInfo(M);
    for (const char *Name : {"llvm.used", "llvm.compiler.used", "llvm.global_ctors",
                             "llvm.global_dtors", "llvm.global.annotations"})
      if (GlobalVariable *List = M.getNamedGlobal(Name))
        List->eraseFromParent();
    M.setModuleInlineAsm("");
    if (NamedMDNode *Flags = M.getModuleFlagsMetadata())
      Flags->eraseFromParent(); // the data layout is what matters here
    replaceOtherNames();
    nameFunctions();
    forgetVariables();
    for (Function &F : M)
      if (!F.isDeclaration() &&
          (Ambiguous.contains(&F) || !Of.agrees(F, Bodies::nodeOf(F.getName()))))
        forget(F);
    SmallVector<Function *, 64> Own; // without those that stand for what is not known
    for (Function &F : M)
      if (!F.isIntrinsic())
        Own.push_back(&F);
    for (Function *F : Own)
      prepare(*F);
  }

private:
  /// Aliases and ifuncs of functions are functions of their own in the graph, which knows where
  /// they lead. An alias of a variable is the variable, unless the linker may take another.
  void replaceOtherNames() {
    SmallVector<GlobalValue *, 8> Others;
    for (GlobalAlias &A : M.aliases())
      Others.push_back(&A);
    for (GlobalIFunc &I : M.ifuncs())
      Others.push_back(&I);
    for (GlobalValue *Other : Others) {
      Constant *Instead;
      if (auto *Type = dyn_cast<FunctionType>(Other->getValueType())) {
        std::string Name = Other->getName().str();
        Other->setName("");
        // Weak, so that nobody concludes that two names are two addresses.
        Instead = Function::Create(Type, GlobalValue::ExternalWeakLinkage, Other->getAddressSpace(),
                                   Name, &M);
      } else {
        if (Other->isInterposable())
          noteUsers(*Other);
        Instead = cast<GlobalAlias>(Other)->getAliasee();
      }
      Other->replaceAllUsesWith(Instead);
      Other->eraseFromParent();
    }
  }

  /// Functions that use a value, also inside of constants.
  void noteUsers(const Value &Used) {
    for (const User *U : Used.users())
      if (const auto *I = dyn_cast<Instruction>(U))
        Ambiguous.insert(I->getFunction());
      else
        noteUsers(*U);
  }

  void nameFunctions() {
    StringMap<uint32_t> Known;
    const facts::UnitFacts &Facts = Of.P.Units[Unit].Facts;
    for (auto [I, F] : enumerate(Facts.Functions))
      Known.try_emplace(Facts.Strings[F.Name], static_cast<uint32_t>(I));
    for (Function &F : M) {
      if (F.isIntrinsic())
        continue;
      auto Found = Known.find(F.getName());
      const bool IsKnown = Found != Known.end();
      const NodeId N = IsKnown               ? Of.P.node(Unit, Found->second)
                       : F.hasLocalLinkage() ? None
                                             : Of.P.global(F.getName());
      if (!F.isDeclaration() && (!IsKnown || !Of.isTheBody(Unit, Found->second)))
        forget(F);
      // Weak: two names may be one function, and a name none.
      F.setComdat(nullptr);
      F.setVisibility(GlobalValue::DefaultVisibility);
      F.setLinkage(F.isDeclaration() ? GlobalValue::ExternalWeakLinkage
                                     : GlobalValue::WeakAnyLinkage);
      if (N != None)
        F.setName(Bodies::nameOf(N));
    }
  }

  static void forget(Function &F) {
    F.deleteBody();
    F.setComdat(nullptr);
    F.setPersonalityFn(nullptr);
  }

  /// What a variable holds when a function runs is not known, unless it is constant; and not where
  /// it has a section of its own, which may be for those who write there after the link.
  void forgetVariables() {
    unsigned Number = 0;
    for (GlobalVariable &V : M.globals()) {
      if (V.isDeclaration())
        continue;
      const bool IsLocal = V.hasLocalLinkage();
      GlobalVariable *Other = IsLocal ? nullptr : Whole.getNamedGlobal(V.getName());
      const bool IsOnlyOne =
          !Other || Other->isDeclaration() || V.hasLinkOnceODRLinkage() || V.hasWeakODRLinkage();
      if (!V.isInterposable())
        Defined.insert(V.getName());
      if (V.isConstant() && !V.isExternallyInitialized() && !V.hasSection() && IsOnlyOne &&
          (IsLocal || !V.isInterposable()))
        continue;
      if (!IsOnlyOne)
        Other->setInitializer(nullptr); // nor is it known which of the two the linker takes
      V.setInitializer(nullptr);
      V.setConstant(false);
      V.setComdat(nullptr);
      V.setLinkage(GlobalValue::ExternalLinkage);
      V.setVisibility(GlobalValue::DefaultVisibility);
      if (IsLocal)
        V.setName(LocalPrefix + std::to_string(Unit) + "." + std::to_string(Number++));
    }
  }

  /// Promises about what a function does are the optimiser's to use and the programmer's to break:
  /// a call counts even where its result does not. And no call is left out for its size.
  static AttributeMask promises() {
    AttributeMask Mask;
    for (Attribute::AttrKind Kind :
         {Attribute::Memory, Attribute::WillReturn, Attribute::MustProgress, Attribute::NoSync,
          Attribute::NoFree, Attribute::AllocKind, Attribute::Speculatable, Attribute::NoInline,
          Attribute::OptimizeNone, Attribute::OptimizeForSize, Attribute::MinSize,
          Attribute::Builtin, Attribute::NoRecurse, Attribute::NoAlias, Attribute::NoUnwind})
      Mask.addAttribute(Kind);
    Mask.addAttribute("alloc-family");
    return Mask;
  }

  static AttributeList without(const AttributeMask &Mask, AttributeList Of, LLVMContext &Context) {
    for (unsigned I : Of.indexes())
      Of = Of.removeAttributesAtIndex(Context, I, Mask);
    return Of;
  }

  void prepare(Function &F) {
    const AttributeMask Mask = promises();
    F.setAttributes(without(Mask, F.getAttributes(), F.getContext()));
    if (F.isDeclaration())
      return;
    const NodeId N = Bodies::nodeOf(F.getName());
    SmallVector<IntrinsicInst *, 16> Intrinsics;
    SmallVector<AllocaInst *, 16> Variables;
    SmallVector<CallBase *, 16> Calls;
    for (Instruction &I : instructions(F))
      if (auto *Intrinsic = dyn_cast<IntrinsicInst>(&I))
        Intrinsics.push_back(Intrinsic);
      else if (auto *Call = dyn_cast<CallBase>(&I))
        Calls.push_back(Call);
      else if (auto *Variable = dyn_cast<AllocaInst>(&I))
        Variables.push_back(Variable);
    for (IntrinsicInst *Intrinsic : Intrinsics)
      forgetAnswer(*Intrinsic);
    for (AllocaInst *Variable : Variables)
      fill(*Variable);
    for (CallBase *Call : Calls) {
      Call->setAttributes(without(Mask, Call->getAttributes(), F.getContext()));
      if (!Call->isInlineAsm() && !Bodies::calleeOf(*Call))
        mark(Call, N);
    }
  }

  /// What depends on how well a compiler optimises may be either; and a variable lives as long as
  /// its function, so that it holds what it was given before.
  void forgetAnswer(IntrinsicInst &Call) {
    switch (Call.getIntrinsicID()) {
    case Intrinsic::is_constant:
    case Intrinsic::objectsize:
      Call.replaceAllUsesWith(anything(Call.getType(), Call.getIterator()));
      [[fallthrough]];
    case Intrinsic::lifetime_start:
    case Intrinsic::lifetime_end:
      Call.eraseFromParent();
      break;
    default:
      break;
    }
  }

  /// A variable without a value holds any; LLVM would choose the one that suits it. Small ones are
  /// given a value that the passes can follow, byte by byte; of large ones somebody else knows.
  void fill(AllocaInst &Variable) {
    constexpr uint64_t MaxBytes = 128;
    const BasicBlock::iterator After = std::next(Variable.getIterator());
    const std::optional<TypeSize> Size = Variable.getAllocationSize(M.getDataLayout());
    if (!Size || Size->isScalable() || *Size > MaxBytes) {
      Type *Nothing = Type::getVoidTy(M.getContext());
      FunctionCallee Filler = M.getOrInsertFunction(Bodies::AnythingPrefix + std::string("fill"),
                                                    Nothing, Variable.getType());
      CallInst::Create(Filler, {&Variable}, "", After);
      return;
    }
    if (*Size == 0)
      return;
    Type *Of = Variable.getAllocatedType();
    if (!Of->isSingleValueType() || Variable.isArrayAllocation())
      Of = IntegerType::get(M.getContext(), static_cast<unsigned>(Size->getFixedValue()) * 8);
    new StoreInst(anything(Of, After), &Variable, After);
  }

  Instruction *anything(Type *Of, BasicBlock::iterator Before) {
    std::string Name;
    raw_string_ostream Out(Name);
    Of->print(Out);
    Function *Any = opaque(M, Name, Of, MemoryEffects::inaccessibleMemOnly());
    return CallInst::Create(Any, "", Before);
  }

  /// Writes down in whose source a call through a pointer stands, where every pass keeps it: this
  /// bundle is a constant that means nothing to them, and goes when the call becomes a direct one.
  void mark(CallBase *Call, NodeId N) {
    constexpr auto Tag = LLVMContext::OB_kcfi;
    if (Call->getOperandBundle(Tag))
      Call = replace(Call, CallBase::removeOperandBundle(Call, Tag, Call->getIterator()));
    OperandBundleDef Bundle("kcfi", ConstantInt::get(Type::getInt32Ty(M.getContext()), N));
    replace(Call, CallBase::addOperandBundle(Call, Tag, Bundle, Call->getIterator()));
  }

  static CallBase *replace(CallBase *Old, CallBase *New) {
    Old->replaceAllUsesWith(New);
    Old->eraseFromParent();
    return New;
  }

  const Owner &Of;
  Module &M;
  uint32_t Unit;
  Module &Whole;                              ///< what this becomes a part of
  StringSet<> &Defined;                       ///< names of variables that are objects of their own
  SmallPtrSet<const Function *, 8> Ambiguous; ///< whose code cannot be trusted to be what runs
};

/// Constants that hold the address of a value, directly or not.
void addHolders(const Value &Of, SmallPtrSetImpl<GlobalVariable *> &Holders) {
  for (const User *U : Of.users())
    if (const auto *V = dyn_cast<GlobalVariable>(U))
      Holders.insert(const_cast<GlobalVariable *>(V));
    else if (isa<Constant>(U))
      addHolders(*U, Holders);
}

/// Puts in the place of a symbol of which there is no definition an address that may be any: a
/// linker's symbol is no object, and may be odd, null or in the midst of one; and two names may be
/// one object.
void hideAddress(GlobalVariable &Symbol) {
  Module &M = *Symbol.getParent();
  SmallPtrSet<GlobalVariable *, 8> Holders;
  addHolders(Symbol, Holders);
  for (GlobalVariable *V : Holders) {
    V->setInitializer(nullptr);
    V->setConstant(false);
    V->setLinkage(GlobalValue::ExternalLinkage);
  }
  convertUsersOfConstantsToInstructions({&Symbol});
  Function *Address =
      opaque(M, "address." + Symbol.getName(), Symbol.getType(), MemoryEffects::none());
  DenseMap<Function *, Instruction *> Known;
  for (Use &U : make_early_inc_range(Symbol.uses())) {
    auto *User = dyn_cast<Instruction>(U.getUser());
    if (!User)
      continue;
    Instruction *&Here = Known[User->getFunction()];
    if (!Here)
      Here = CallInst::Create(Address, "", User->getFunction()->getEntryBlock().begin());
    U.set(Here);
  }
}

/// The one unit that a command compiles; None where there is none or several.
uint32_t unitOf(const Program &P, const CompileCommand &Command) {
  uint32_t Found = None;
  for (uint32_t U = 0; U < P.Units.size(); ++U)
    if (isOfUnit(Command, P.Units[U].name())) {
      if (Found != None)
        return None;
      Found = U;
    }
  return Found;
}

} // namespace

std::string Bodies::nameOf(NodeId N) { return NodePrefix + std::to_string(N); }

NodeId Bodies::nodeOf(StringRef Name) {
  NodeId N;
  return Name.consume_front(NodePrefix) && !Name.getAsInteger(10, N) ? N : None;
}

NodeId Bodies::callerOf(const CallBase &Call) {
  std::optional<OperandBundleUse> Mark = Call.getOperandBundle(LLVMContext::OB_kcfi);
  const auto *Number = Mark ? dyn_cast<ConstantInt>(Mark->Inputs.front()) : nullptr;
  return Number ? static_cast<NodeId>(Number->getZExtValue()) : None;
}

Function *Bodies::calleeOf(const CallBase &Call) {
  return dyn_cast<Function>(Call.getCalledOperand()->stripPointerCasts());
}

bool isOfUnit(const CompileCommand &Command, StringRef UnitName) {
  return UnitName == Command.Source || UnitName == absoluteIn(Command.Directory, Command.Source);
}

Expected<Bodies> Bodies::make(const Program &P, const CallGraph &G, ArrayRef<ToTarget> Ways,
                              std::vector<UnitCode> Units, raw_ostream &Talk) {
  Owner Of(P, G, Ways);
  LLVMContext Context;
  Module Whole("program", Context);
  Linker Into(Whole);
  StringSet<> Defined;
  DenseMap<uint32_t, unsigned> Commands;
  for (const UnitCode &Code : Units)
    ++Commands[unitOf(P, Code.Unit)];
  for (UnitCode &Code : Units) {
    uint32_t U = unitOf(P, Code.Unit);
    if (U == None || Code.Bitcode.empty())
      continue;
    if (Commands[U] > 1) {
      // Which of them the facts are of is not known.
      Talk << Code.Unit.Source
           << ": warning: nothing is refuted by this unit: several commands compile it\n";
      continue;
    }
    Expected<std::unique_ptr<Module>> M =
        parseBitcodeFile(MemoryBufferRef(Code.Bitcode, Code.Unit.Source), Context);
    if (!M)
      return createStringError(Code.Unit.Source + ": error: " + toString(M.takeError()) +
                               "; give the clang of this LLVM with --clang");
    Adopter(Of, **M, U, Whole, Defined).run();
    if (Whole.getDataLayout().isDefault()) {
      Whole.setTargetTriple((*M)->getTargetTriple());
      Whole.setDataLayout((*M)->getDataLayout());
    }
    if (Whole.getDataLayout() != (*M)->getDataLayout())
      return createStringError(Code.Unit.Source + ": error: its code is for another machine than "
                                                  "the other units'; give units of one program");
    (*M)->setTargetTriple(Whole.getTargetTriple());
    if (Into.linkInModule(std::move(*M)))
      return createStringError(Code.Unit.Source + ": error: its code does not fit the other "
                                                  "units'; give units of one program");
    Code.Bitcode.clear();
  }
  for (GlobalVariable &V : make_early_inc_range(Whole.globals()))
    if (V.isDeclaration() && !V.isThreadLocal() && !V.getName().starts_with(LocalPrefix) &&
        !Defined.contains(V.getName()))
      hideAddress(V);
  Bodies Made;
  raw_svector_ostream Out(Made.Bytes);
  WriteBitcodeToFile(Whole, Out);
  return std::move(Made);
}

} // namespace weir
