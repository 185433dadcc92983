#include "refute/Unfold.h"
#include "refute/Marks.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Analysis/InlineCost.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/TargetParser/Triple.h"
#include "llvm/Transforms/Utils/Cloning.h"

using namespace llvm;

namespace weir {
namespace {

/// What is larger is not looked at any further: what can be refuted is small by then.
constexpr unsigned MaxInstructions = 4000, MaxGrowth = 10 * MaxInstructions, MaxRounds = 40;

constexpr const char OfCallee[] =
    "sroa,early-cse<memssa>,instcombine<no-verify-fixpoint>,simplifycfg";

/// Whether the place of a local variable was made a number. What the source writes as a cast is one
/// of which nothing is known (see Havoc.h). But where a pointer is put into memory and read from
/// there as an integer, passes make such a number, and it differs from all others': which a run may
/// find otherwise, for the variables of two calls may be at one place.
bool hasPlaceAsNumber(const Function &F) {
  return any_of(instructions(F), [](const Instruction &I) {
    if (!isa<CastInst>(I) || !I.getOperand(0)->getType()->isPtrOrPtrVectorTy() ||
        !I.getType()->isIntOrIntVectorTy())
      return false;
    SmallVector<const Value *, 4> Of;
    getUnderlyingObjects(I.getOperand(0), Of);
    return any_of(Of, IsaPred<AllocaInst>);
  });
}

/// The analyses and passes for one module: the scalar part of LLVM's pipeline. None of it looks
/// beyond a function, so that nothing is concluded from which other functions there are; and it
/// knows no library function: `malloc` is a call.
class Passes {
public:
  explicit Passes(const Module &M)
      : Library(Triple(M.getTargetTriple())),
        Builder(nullptr, PipelineTuningOptions(), std::nullopt, &Watch) {
    Library.disableAllFunctions();
    Watch.registerAfterPassCallback([this](StringRef, Any IR, const PreservedAnalyses &) {
      if (const auto *F = any_cast<const Function *>(&IR))
        MadePlaceANumber |= hasPlaceAsNumber(**F);
    });
    Functions.registerPass([&] { return TargetLibraryAnalysis(Library); });
    Builder.registerModuleAnalyses(Modules);
    Builder.registerCGSCCAnalyses(Components);
    Builder.registerFunctionAnalyses(Functions);
    Builder.registerLoopAnalyses(Loops);
    Builder.crossRegisterProxies(Loops, Functions, Components, Modules);
    cantFail(Builder.parsePassPipeline(Callee, OfCallee));
    Start = Builder.buildFunctionSimplificationPipeline(OptimizationLevel::O2,
                                                        ThinOrFullLTOPhase::None);
  }

  void tidyCallee(Function &F) { run(Callee, F); }
  void tidyStart(Function &F) { run(Start, F); }
  /// Whether a function had a place as a number between two passes: then nothing that was concluded
  /// can be relied on.
  bool madePlaceANumber() const { return MadePlaceANumber; }

private:
  void run(FunctionPassManager &What, Function &F) {
    MadePlaceANumber |= hasPlaceAsNumber(F);
    What.run(F, Functions);
    Functions.clear(F, F.getName());
  }

  TargetLibraryInfoImpl Library;
  PassInstrumentationCallbacks Watch;
  bool MadePlaceANumber = false;
  PassBuilder Builder;
  LoopAnalysisManager Loops;
  FunctionAnalysisManager Functions;
  CGSCCAnalysisManager Components;
  ModuleAnalysisManager Modules;
  FunctionPassManager Callee, Start;
};

class Unfolder {
public:
  Unfolder(Module &M, Function &Start) : Start(Start), Run(M) {}

  Left run() {
    if (!materialized(Start))
      return {};
    for (unsigned Round = 0; Round < MaxRounds; ++Round) {
      Run.tidyStart(Start);
      if (Run.madePlaceANumber())
        return {};
      if (Start.getInstructionCount() > MaxInstructions || !inlineALevel())
        break;
    }
    return left();
  }

private:
  /// A body is read when it is first needed.
  bool materialized(Function &F) {
    if (!F.isMaterializable())
      return !F.isDeclaration();
    if (Error E = F.materialize()) {
      consumeError(std::move(E));
      return false;
    }
    return !F.isDeclaration();
  }

  bool inlineALevel() {
    SmallVector<CallBase *, 32> Calls;
    for (Instruction &I : instructions(Start))
      if (auto *Call = dyn_cast<CallBase>(&I); Call && canBeInlined(*Call))
        Calls.push_back(Call);
    bool Any = false;
    unsigned Size = Start.getInstructionCount();
    for (CallBase *Call : Calls) {
      Size += calleeOf(*Call)->getInstructionCount();
      if (Size > MaxGrowth)
        break;
      Any |= inlineOne(*Call);
    }
    return Any;
  }

  bool canBeInlined(const CallBase &Call) {
    Function *Callee = calleeOf(Call);
    if (!Callee || Callee->isIntrinsic() || Callee == &Start || cameOutOf(Call, *Callee) ||
        Callee->getFunctionType() != Call.getFunctionType() || !materialized(*Callee))
      return false;
    if (Callee->isPresplitCoroutine() || Callee->hasFnAttribute(Attribute::Naked) ||
        Callee->getCallingConv() != Call.getCallingConv() || !isInlineViable(*Callee).isSuccess() ||
        !AttributeFuncs::areInlineCompatible(Start, *Callee))
      return false;
    if (Tidy.insert(Callee).second)
      Run.tidyCallee(*Callee);
    return true;
  }

  static bool inlineOne(CallBase &Call) {
    InlineFunctionInfo Made;
    return InlineFunction(Call, Made, /*MergeAttributes=*/true).isSuccess();
  }

  Left left() const {
    Left Found;
    Found.Unknown = false;
    for (const Instruction &I : instructions(Start)) {
      const auto *Call = dyn_cast<CallBase>(&I);
      // What assembly calls has an edge of its own: its function had no body else.
      if (!Call || isa<IntrinsicInst>(Call) || Call->isInlineAsm())
        continue;
      const Function *Callee = calleeOf(*Call);
      if (Callee && Callee->getName().starts_with(AnythingPrefix))
        continue;
      const NodeId N = Callee ? nodeOf(Callee->getName()) : callerOf(*Call);
      if (N == None)
        Found.Unknown = true;
      else
        Found.Calls.push_back({trailTo(*Call), Callee ? N : None});
    }
    llvm::sort(Found.Calls);
    Found.Calls.erase(llvm::unique(Found.Calls), Found.Calls.end());
    return Found;
  }

  /// The trail as far as it is known: who calls through a pointer always is.
  std::vector<Hop> trailTo(const CallBase &Call) const {
    const Hop First = {nodeOf(Start.getName()), None};
    std::vector<Hop> Trail = trailOf(Call);
    if (Trail.empty() || Trail.front().From != First.From)
      Trail = {First};
    if (const NodeId N = calleeOf(Call) ? None : callerOf(Call);
        N != None && Trail.back().From != N)
      Trail.push_back({N, None});
    return Trail;
  }

  Function &Start;
  Passes Run;
  SmallPtrSet<const Function *, 32> Tidy;
};

} // namespace

Left unfold(MemoryBufferRef Program, NodeId Start) {
  LLVMContext Context;
  Expected<std::unique_ptr<Module>> M = getLazyBitcodeModule(Program, Context);
  if (!M) {
    consumeError(M.takeError());
    return {};
  }
  Function *F = (*M)->getFunction(functionName(Start));
  return F ? Unfolder(**M, *F).run() : Left();
}

} // namespace weir
