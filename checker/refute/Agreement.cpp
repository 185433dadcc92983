#include "refute/Agreement.h"
#include "refute/Marks.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"

#include <utility>

using namespace llvm;

namespace weir {
namespace {

/// Whether the code around a call runs from the top down, and no other than what is written:
/// after a `longjmp` to it a variable may hold what no path of the code gives it; a coroutine
/// goes on elsewhere; where a function returns to is another place once it is inlined.
bool isPlain(const CallBase &Call) {
  if (Call.hasFnAttr(Attribute::ReturnsTwice))
    return false;
  const auto *Instruction = dyn_cast<IntrinsicInst>(&Call);
  if (!Instruction)
    return true;
  const StringRef Name = Intrinsic::getBaseName(Instruction->getIntrinsicID());
  return none_of(
      std::initializer_list<StringRef>{
          "llvm.eh.sjlj.", "llvm.eh.dwarf.", "llvm.eh.return", "llvm.eh.unwind", "llvm.coro.",
          "llvm.local", "llvm.read_", "llvm.write_", "llvm.stackaddress", "llvm.returnaddress",
          "llvm.addressofreturn", "llvm.frameaddress", "llvm.sponentry"},
      [&](StringRef Prefix) { return Name.starts_with(Prefix); });
}

/// The functions in a value that is used otherwise than to call it.
void addHeld(const Value &In, SmallPtrSetImpl<const Function *> &Held) {
  if (const auto *F = dyn_cast<Function>(&In))
    Held.insert(F);
  else if (isa<ConstantExpr>(In) || isa<ConstantAggregate>(In))
    for (const Use &U : cast<Constant>(In).operands())
      addHeld(*U, Held);
}
} // namespace

Agreement::Agreement(const Program &P, const CallGraph &G, ArrayRef<ToTarget> Ways)
    : P(P), G(G), Ways(Ways) {
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

bool Agreement::leadsToTarget(NodeId N) const {
  return any_of(Ways, [&](const ToTarget &To) { return To.reaches(N); });
}

bool Agreement::isOfCompiler(FactId Call) const {
  auto [U, Entry] = P.Calls.find(Call);
  return P.Units[U].Facts.Calls[Entry].Flags & (facts::CallBuiltin | facts::CallInferred);
}

bool Agreement::isTheBody(uint32_t U, uint32_t Function) const {
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

bool Agreement::agrees(const Function &F, NodeId N) const {
  SmallPtrSet<const Function *, 16> Called, Held;
  bool HasPointerCall = false;
  for (const Instruction &I : instructions(F)) {
    const auto *Call = dyn_cast<CallBase>(&I);
    if (Call && !isPlain(*Call))
      return false;
    HasPointerCall |= Call && !Call->isInlineAsm() && !calleeOf(*Call);
    const Value *Named = Call ? Call->getCalledOperand() : nullptr;
    if (const auto *Callee = dyn_cast_or_null<Function>(Named))
      Called.insert(Callee);
    bool IsArgument = false;
    for (const Value *Operand : I.operand_values())
      if (Operand != Named || std::exchange(IsArgument, true))
        addHeld(*Operand, Held);
  }
  return all_of(G.from(N), [&](const Edge &E) {
    if (!leadsToTarget(E.To) && !(G.isClass(E.To) && G.Unresolved[G.classOf(E.To)]))
      return true;
    if (E.kind() == EdgeKind::Call) {
      // Who is handed the function may call it as well; and what is an instruction to the
      // compiler is a call of a name to the facts.
      const Function *Callee = F.getParent()->getFunction(functionName(E.To));
      return Called.contains(Callee) && !Held.contains(Callee) && !isOfCompiler(E.fact());
    }
    return E.kind() == EdgeKind::Site && HasPointerCall && !G.Unresolved[G.classOf(E.To)] &&
           G.Classes[G.classOf(E.To)].Kind != ClassKind::Assembly;
  });
}

} // namespace weir
