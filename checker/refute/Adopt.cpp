#include "refute/Adopt.h"
#include "refute/Marks.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/IR/AttributeMask.h"
#include "llvm/IR/DebugInfo.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/ReplaceConstant.h"

using namespace llvm;

namespace weir {
namespace {

/// Makes one unit's module a part of the program's.
class Adopter {
public:
  Adopter(const Agreement &Of, Module &M, uint32_t Unit, Module &Whole, StringSet<> &Defined)
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
      if (!F.isDeclaration() && (Ambiguous.contains(&F) || !Of.agrees(F, nodeOf(F.getName()))))
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
      // What others may preempt in a shared library is not known to be what runs.
      const bool IsTheBody = IsKnown && F.isDSOLocal() && Of.isTheBody(Unit, Found->second);
      if (!F.isDeclaration() && !IsTheBody)
        forget(F);
      // Weak: two names may be one function, and a name none.
      F.setComdat(nullptr);
      F.setVisibility(GlobalValue::DefaultVisibility);
      F.setLinkage(F.isDeclaration() ? GlobalValue::ExternalWeakLinkage
                                     : GlobalValue::WeakAnyLinkage);
      if (N != None)
        F.setName(functionName(N));
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
      const bool IsFixed = IsLocal || (!V.isInterposable() && V.isDSOLocal());
      if (IsFixed)
        Defined.insert(V.getName());
      const bool IsApart = V.hasSection() || V.hasImplicitSection() || V.isExternallyInitialized();
      if (V.isConstant() && IsFixed && IsOnlyOne && !IsApart)
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
    F.removeRetAttr(Attribute::Alignment);
    if (F.isDeclaration())
      return;
    const NodeId N = nodeOf(F.getName());
    forgetNumbersAndPlaces(F);
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
      Call->removeRetAttr(Attribute::Alignment);
      if (Call->getFunctionType()->isVarArg())
        hideArguments(*Call);
      if (!Call->isInlineAsm() && !calleeOf(*Call))
        markCaller(*Call, N);
    }
  }

  /// Who looks at the arguments behind the last that has a name sees any values: LLVM cannot follow
  /// them. Those that are given may be among them, and so may what they point to.
  void hideArguments(CallBase &Call) {
    const SmallVector<Value *, 8> Behind(
        drop_begin(Call.args(), Call.getFunctionType()->getNumParams()));
    hide(Behind, Call.getIterator());
  }

  /// Lets somebody of whom nothing is known have values, and change what they point to, now or
  /// later.
  void hide(ArrayRef<Value *> Values, BasicBlock::iterator Before) {
    FunctionCallee Taker =
        M.getOrInsertFunction(AnythingPrefix + std::string("taken"),
                              FunctionType::get(Type::getVoidTy(M.getContext()), true));
    IRBuilder<>(&*Before).CreateCall(Taker, Values);
  }

  /// What arithmetic with floating point gives depends on the machine and its mode; and where
  /// variables of two calls lie, on the compiler: it may be the same place.
  void forgetNumbersAndPlaces(Function &F) {
    SmallVector<Instruction *, 16> Unknown;
    for (Instruction &I : instructions(F)) {
      if (isa<FPMathOperator>(I))
        I.copyFastMathFlags(FastMathFlags());
      if (isNumber(I) || isPlace(I))
        Unknown.push_back(&I);
    }
    for (Instruction *I : Unknown) {
      // Whoever has the number of a place may write there.
      if (isa<PtrToIntInst>(I))
        hide({I->getOperand(0)}, I->getIterator());
      I->replaceAllUsesWith(anything(I->getType(), I->getIterator()));
      I->eraseFromParent();
    }
  }

  static bool isNumber(const Instruction &I) {
    auto IsFloat = [](const Value *V) { return V->getType()->isFPOrFPVectorTy(); };
    const bool Computes = I.isBinaryOp() || I.isUnaryOp() || I.isCast() || isa<CmpInst>(I) ||
                          (isa<IntrinsicInst>(I) && !I.getType()->isVoidTy());
    return Computes && (IsFloat(&I) || any_of(I.operand_values(), IsFloat));
  }

  /// A comparison with a constant tells a variable from it wherever that lies.
  static bool isPlace(const Instruction &I) {
    return isa<PtrToIntInst>(I) ||
           (isa<ICmpInst>(I) && I.getOperand(0)->getType()->isPtrOrPtrVectorTy() &&
            none_of(I.operand_values(), IsaPred<Constant>));
  }

  /// What depends on how well a compiler optimises may be either; and a variable lives as long as
  /// its function, so that it holds what it was given before.
  void forgetAnswer(IntrinsicInst &Call) {
    switch (Call.getIntrinsicID()) {
    case Intrinsic::vastart:
    case Intrinsic::vacopy:
      fill(Call.getArgOperand(0), Call.getIterator());
      Call.eraseFromParent();
      break;
    case Intrinsic::is_constant:
    case Intrinsic::objectsize:
      Call.replaceAllUsesWith(anything(Call.getType(), Call.getIterator()));
      [[fallthrough]];
    case Intrinsic::vaend:
    case Intrinsic::assume:
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
      fill(&Variable, After);
      return;
    }
    if (*Size == 0)
      return;
    Type *Of = Variable.getAllocatedType();
    if (!Of->isSingleValueType() || Variable.isArrayAllocation())
      Of = IntegerType::get(M.getContext(), static_cast<unsigned>(Size->getFixedValue()) * 8);
    IRBuilder<>(&*After).CreateStore(anything(Of, After), &Variable);
  }

  void fill(Value *Memory, BasicBlock::iterator Before) {
    FunctionCallee Filler = M.getOrInsertFunction(
        AnythingPrefix + std::string("fill"), Type::getVoidTy(M.getContext()), Memory->getType());
    IRBuilder<>(&*Before).CreateCall(Filler, {Memory});
  }

  Instruction *anything(Type *Of, BasicBlock::iterator Before) {
    std::string Name;
    raw_string_ostream Out(Name);
    Of->print(Out);
    Function *Any = opaqueFunction(M, Name, Of, MemoryEffects::inaccessibleMemOnly());
    return IRBuilder<>(&*Before).CreateCall(Any);
  }

  const Agreement &Of;
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

/// See hideUndefined.
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
      opaqueFunction(M, "address." + Symbol.getName(), Symbol.getType(), MemoryEffects::none());
  DenseMap<Function *, Instruction *> Known;
  for (Use &U : make_early_inc_range(Symbol.uses())) {
    auto *User = dyn_cast<Instruction>(U.getUser());
    if (!User)
      continue;
    Instruction *&Here = Known[User->getFunction()];
    if (!Here)
      Here = IRBuilder<>(&*User->getFunction()->getEntryBlock().begin()).CreateCall(Address);
    if (auto *OfThread = dyn_cast<IntrinsicInst>(User);
        OfThread && OfThread->getIntrinsicID() == Intrinsic::threadlocal_address)
      OfThread->replaceAllUsesWith(Here);
    else
      U.set(Here);
  }
}

} // namespace

void adoptUnit(Module &M, uint32_t Unit, const Agreement &With, Module &Whole,
               StringSet<> &Defined) {
  Adopter(With, M, Unit, Whole, Defined).run();
}

void hideUndefined(Module &Whole, const StringSet<> &Defined) {
  for (GlobalVariable &V : make_early_inc_range(Whole.globals()))
    if (V.isDeclaration() && !V.getName().starts_with(LocalPrefix) &&
        !Defined.contains(V.getName()))
      hideAddress(V);
}

} // namespace weir
