#include "refute/Havoc.h"
#include "refute/Marks.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/IR/AttributeMask.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"

using namespace llvm;

namespace weir {
namespace {

class Havoc {
public:
  explicit Havoc(Function &F) : F(F), M(*F.getParent()) {}

  void run() {
    F.setAttributes(withoutPromises(F.getAttributes(), static_cast<unsigned>(F.arg_size())));
    SmallVector<Instruction *, 16> Unsure;
    SmallVector<IntrinsicInst *, 16> Intrinsics;
    SmallVector<AllocaInst *, 16> Variables;
    SmallVector<CallBase *, 16> Calls;
    for (Instruction &I : instructions(F)) {
      if (isa<FPMathOperator>(I))
        I.copyFastMathFlags(FastMathFlags());
      if (isNumber(I) || isPlace(I) || isa<FreezeInst>(I))
        Unsure.push_back(&I);
      else if (auto *Intrinsic = dyn_cast<IntrinsicInst>(&I))
        Intrinsics.push_back(Intrinsic);
      else if (auto *Call = dyn_cast<CallBase>(&I))
        Calls.push_back(Call);
      else if (auto *Variable = dyn_cast<AllocaInst>(&I))
        Variables.push_back(Variable);
    }
    for (Instruction *I : Unsure)
      forgetResult(*I);
    for (IntrinsicInst *Intrinsic : Intrinsics)
      forgetAnswer(*Intrinsic);
    for (AllocaInst *Variable : Variables)
      fill(*Variable);
    for (CallBase *Call : Calls) {
      Call->setAttributes(withoutPromises(Call->getAttributes(), Call->arg_size()));
      if (Call->getFunctionType()->isVarArg())
        hideArguments(*Call);
    }
  }

private:
  /// Promises about what a function does are the optimiser's to use and the programmer's to break:
  /// a call counts even where its result does not. And no call is left out for its size.
  static AttributeMask promises() {
    AttributeMask Mask;
    for (Attribute::AttrKind Kind :
         {Attribute::Memory, Attribute::WillReturn, Attribute::MustProgress, Attribute::NoSync,
          Attribute::NoFree, Attribute::AllocKind, Attribute::Speculatable, Attribute::NoInline,
          Attribute::OptimizeNone, Attribute::OptimizeForSize, Attribute::MinSize,
          Attribute::Builtin, Attribute::NoRecurse, Attribute::NoUnwind})
      Mask.addAttribute(Kind);
    Mask.addAttribute("alloc-family");
    return Mask;
  }

  /// Of a value that is passed, only how it is: what is promised of it may be broken too.
  AttributeSet onlyPassing(AttributeSet Of) const {
    AttrBuilder Kept(F.getContext());
    for (Attribute::AttrKind Kind :
         {Attribute::ByVal, Attribute::ByRef, Attribute::StructRet, Attribute::InAlloca,
          Attribute::Preallocated, Attribute::InReg, Attribute::Nest, Attribute::ZExt,
          Attribute::SExt, Attribute::ElementType, Attribute::SwiftSelf, Attribute::SwiftError,
          Attribute::SwiftAsync})
      if (Of.hasAttribute(Kind))
        Kept.addAttribute(Of.getAttribute(Kind));
    const bool IsInPlace = Kept.contains(Attribute::ByVal) || Kept.contains(Attribute::ByRef) ||
                           Kept.contains(Attribute::StructRet);
    if (IsInPlace && Of.hasAttribute(Attribute::Alignment))
      Kept.addAttribute(Of.getAttribute(Attribute::Alignment));
    return AttributeSet::get(F.getContext(), Kept);
  }

  AttributeList withoutPromises(AttributeList Of, unsigned Arguments) const {
    SmallVector<AttributeSet, 8> Passed;
    for (unsigned I = 0; I < Arguments; ++I)
      Passed.push_back(onlyPassing(Of.getParamAttrs(I)));
    return AttributeList::get(F.getContext(),
                              Of.getFnAttrs().removeAttributes(F.getContext(), promises()),
                              onlyPassing(Of.getRetAttrs()), Passed);
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
  /// variables lie, on the compiler: those of two calls may be at the same place.
  void forgetResult(Instruction &I) {
    // Whoever has the number of a place may write there.
    if (isa<PtrToIntInst>(I))
      hide({I.getOperand(0)}, I.getIterator());
    I.replaceAllUsesWith(anything(I.getType(), I.getIterator()));
    I.eraseFromParent();
  }

  static bool isNumber(const Instruction &I) {
    auto IsFloat = [](const Value *V) { return V->getType()->isFPOrFPVectorTy(); };
    const bool Computes = I.isBinaryOp() || I.isUnaryOp() || I.isCast() || isa<CmpInst>(I) ||
                          (isa<IntrinsicInst>(I) && !I.getType()->isVoidTy());
    return Computes && (IsFloat(&I) || any_of(I.operand_values(), IsFloat));
  }

  /// What is no place of a variable tells one from it: null, or a function.
  static bool isPlace(const Instruction &I) {
    return isa<PtrToIntInst>(I) ||
           (isa<ICmpInst>(I) && I.getOperand(0)->getType()->isPtrOrPtrVectorTy() &&
            none_of(I.operand_values(), IsaPred<ConstantPointerNull, Function>));
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
  /// given a value of a type that the passes can cut into bytes; of large ones somebody else knows.
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
    const bool HasPadding = M.getDataLayout().getTypeStoreSize(Of) != *Size;
    if (!Of->isSingleValueType() || HasPadding)
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

  Function &F;
  Module &M;
};

} // namespace

void havocUnknown(Function &F) { Havoc(F).run(); }

} // namespace weir
