#include "refute/Marks.h"

#include "llvm/IR/Constants.h"

#include <optional>

using namespace llvm;

namespace weir {

static constexpr char NodePrefix[] = "weir.";

std::string functionName(NodeId N) { return NodePrefix + std::to_string(N); }

NodeId nodeOf(StringRef FunctionName) {
  NodeId N;
  return FunctionName.consume_front(NodePrefix) && !FunctionName.getAsInteger(10, N) ? N : None;
}

Function *calleeOf(const CallBase &Call) {
  return dyn_cast<Function>(Call.getCalledOperand()->stripPointerCasts());
}

// The mark is where every pass keeps it: this bundle is a constant that means nothing to them, and
// goes when the call becomes a direct one.
static constexpr auto Bundle = LLVMContext::OB_kcfi;

NodeId callerOf(const CallBase &Call) {
  std::optional<OperandBundleUse> Mark = Call.getOperandBundle(Bundle);
  const auto *Number = Mark ? dyn_cast<ConstantInt>(Mark->Inputs.front()) : nullptr;
  return Number ? static_cast<NodeId>(Number->getZExtValue()) : None;
}

static CallBase &replace(CallBase &Old, CallBase *New) {
  Old.replaceAllUsesWith(New);
  Old.eraseFromParent();
  return *New;
}

void markCaller(CallBase &Call, NodeId N) {
  CallBase *Bare = &Call;
  if (Call.getOperandBundle(Bundle))
    Bare = &replace(Call, CallBase::removeOperandBundle(&Call, Bundle, Call.getIterator()));
  OperandBundleDef Mark("kcfi", ConstantInt::get(Type::getInt32Ty(Bare->getContext()), N));
  replace(*Bare, CallBase::addOperandBundle(Bare, Bundle, Mark, Bare->getIterator()));
}

Function *opaqueFunction(Module &M, const Twine &Name, Type *Of, MemoryEffects Touches) {
  FunctionCallee Made =
      M.getOrInsertFunction((AnythingPrefix + Name).str(), FunctionType::get(Of, false));
  auto *F = cast<Function>(Made.getCallee());
  F->setMemoryEffects(Touches);
  F->setDoesNotThrow();
  F->addFnAttr(Attribute::WillReturn);
  return F;
}

} // namespace weir
