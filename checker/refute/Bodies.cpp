#include "refute/Bodies.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/IR/AttributeMask.h"
#include "llvm/IR/DebugInfo.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"
#include "llvm/Linker/Linker.h"

using namespace llvm;

namespace weir {
namespace {

constexpr const char NodePrefix[] = "weir.";

/// What a unit's functions are in the graph.
struct Owner {
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

  /// Whether the body that a unit has of a function is the one that runs, and its only one.
  bool isTheBody(uint32_t U, uint32_t Function) const {
    const facts::Function &F = P.Units[U].Facts.Functions[Function];
    const NodeId N = P.node(U, Function);
    if (!(F.Flags & facts::FnDefined) || (F.Flags & facts::FnAvailableExternally) ||
        !P.kept(U, Function) || G.Banned[N] || G.Init[N] || Replaced.contains(N))
      return false;
    return P.Nodes[N].Function == P.Functions.id(U, Function) && Definitions.lookup(N) <= 1;
  }

  /// Whether the code has all that the graph knows of its function: the calls that lead to what is
  /// looked for, and no other way to get there. And whether it runs from the top down: after a
  /// `longjmp` to it a variable may hold what no path of the code gives it.
  bool agrees(const Function &F, NodeId N) const {
    SmallPtrSet<const Value *, 16> Called;
    bool HasPointerCall = false;
    for (const Instruction &I : instructions(F))
      if (const auto *Call = dyn_cast<CallBase>(&I)) {
        if (const Function *Callee = Bodies::calleeOf(*Call))
          Called.insert(Callee);
        else
          HasPointerCall |= !Call->isInlineAsm();
        if (Call->hasFnAttr(Attribute::ReturnsTwice))
          return false;
      }
    return all_of(G.from(N), [&](const Edge &E) {
      if (!leadsToTarget(E.To) && !(G.isClass(E.To) && G.Unresolved[G.classOf(E.To)]))
        return true;
      if (E.kind() == EdgeKind::Call)
        return Called.contains(F.getParent()->getFunction(Bodies::nameOf(E.To)));
      return E.kind() == EdgeKind::Site && HasPointerCall && !G.Unresolved[G.classOf(E.To)] &&
             G.Classes[G.classOf(E.To)].Kind != ClassKind::Assembly;
    });
  }
};

/// Makes one unit's module a part of the program's.
class Adopter {
public:
  Adopter(const Owner &Of, Module &M, uint32_t Unit, Module &Whole)
      : Of(Of), M(M), Unit(Unit), Whole(Whole) {}

  void run() {
    StripDebugInfo(M);
    for (const char *Name : {"llvm.used", "llvm.compiler.used", "llvm.global_ctors",
                             "llvm.global_dtors", "llvm.global.annotations"})
      if (GlobalVariable *List = M.getNamedGlobal(Name))
        List->eraseFromParent();
    M.setModuleInlineAsm("");
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
      if (!F.isDeclaration()) {
        if (!IsKnown || !Of.isTheBody(Unit, Found->second))
          forget(F);
        F.setComdat(nullptr);
        F.setLinkage(GlobalValue::ExternalLinkage);
        F.setVisibility(GlobalValue::DefaultVisibility);
      } // a declaration that is weak stays so: it may be null
      const NodeId N = IsKnown ? Of.P.node(Unit, Found->second) : Of.P.global(F.getName());
      if (N != None)
        F.setName(Bodies::nameOf(N));
    }
  }

  static void forget(Function &F) {
    F.deleteBody();
    F.setComdat(nullptr);
    F.setPersonalityFn(nullptr);
  }

  /// What a variable holds when a function runs is not known, unless it is constant.
  void forgetVariables() {
    unsigned Number = 0;
    for (GlobalVariable &V : M.globals()) {
      if (V.isDeclaration())
        continue;
      const bool IsLocal = V.hasLocalLinkage();
      GlobalVariable *Other = IsLocal ? nullptr : Whole.getNamedGlobal(V.getName());
      const bool IsOnlyOne =
          !Other || Other->isDeclaration() || V.hasLinkOnceODRLinkage() || V.hasWeakODRLinkage();
      if (V.isConstant() && !V.isExternallyInitialized() && IsOnlyOne &&
          (IsLocal || !V.isInterposable()))
        continue;
      if (!IsOnlyOne)
        Other->setInitializer(nullptr); // nor is it known which of the two the linker takes
      V.setInitializer(nullptr);
      V.setComdat(nullptr);
      V.setLinkage(GlobalValue::ExternalLinkage);
      V.setVisibility(GlobalValue::DefaultVisibility);
      if (IsLocal)
        V.setName(NodePrefix + std::string("variable.") + std::to_string(Unit) + "." +
                  std::to_string(Number++));
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
          Attribute::Builtin, Attribute::NoRecurse, Attribute::NoAlias})
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
      Call->addFnAttr(Attribute::NoBuiltin);
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
    std::string Name = Bodies::AnythingPrefix;
    raw_string_ostream Out(Name);
    Of->print(Out);
    FunctionCallee Any = M.getOrInsertFunction(Name, Of);
    auto *F = cast<Function>(Any.getCallee());
    F->setMemoryEffects(MemoryEffects::inaccessibleMemOnly());
    F->setDoesNotThrow();
    F->addFnAttr(Attribute::WillReturn);
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
  SmallPtrSet<const Function *, 8> Ambiguous; ///< whose code cannot be trusted to be what runs
};

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
           << ": warning: nothing is refuted by this unit, which several commands compile\n";
      continue;
    }
    Expected<std::unique_ptr<Module>> M =
        parseBitcodeFile(MemoryBufferRef(Code.Bitcode, Code.Unit.Source), Context);
    if (!M)
      return createStringError(Code.Unit.Source + ": error: " + toString(M.takeError()) +
                               "; give the clang of this LLVM with --clang");
    Adopter(Of, **M, U, Whole).run();
    if (Whole.getTargetTriple().empty()) {
      Whole.setTargetTriple((*M)->getTargetTriple());
      Whole.setDataLayout((*M)->getDataLayout());
    }
    if (Into.linkInModule(std::move(*M)))
      return createStringError(Code.Unit.Source + ": error: its code does not fit the other "
                                                  "units'; compile all of them for one machine");
    Code.Bitcode.clear();
  }
  Bodies Made;
  raw_svector_ostream Out(Made.Bytes);
  WriteBitcodeToFile(Whole, Out);
  return std::move(Made);
}

} // namespace weir
