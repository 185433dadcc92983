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

  Owner(const Program &P, const CallGraph &G, ArrayRef<ToTarget> Ways) : P(P), G(G), Ways(Ways) {
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
        !P.kept(U, Function) || G.Banned[N] || G.Init[N])
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
  Adopter(const Owner &Of, Module &M, uint32_t Unit) : Of(Of), M(M), Unit(Unit) {}

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
      if (!F.isDeclaration() && !Of.agrees(F, Bodies::nodeOf(F.getName())))
        forget(F);
    for (Function &F : M)
      if (!F.isIntrinsic())
        prepare(F);
  }

private:
  /// Aliases and ifuncs are functions of their own in the graph, which knows where they lead. Weak,
  /// so that nobody concludes that two names are two addresses.
  void replaceOtherNames() {
    constexpr auto Linkage = GlobalValue::ExternalWeakLinkage;
    SmallVector<GlobalValue *, 8> Others;
    for (GlobalAlias &A : M.aliases())
      Others.push_back(&A);
    for (GlobalIFunc &I : M.ifuncs())
      Others.push_back(&I);
    for (GlobalValue *Other : Others) {
      std::string Name = Other->getName().str();
      Other->setName("");
      GlobalValue *Declared;
      if (auto *Type = dyn_cast<FunctionType>(Other->getValueType()))
        Declared = Function::Create(Type, Linkage, Other->getAddressSpace(), Name, &M);
      else
        Declared = new GlobalVariable(M, Other->getValueType(), /*isConstant=*/false, Linkage,
                                      nullptr, Name);
      Other->replaceAllUsesWith(Declared);
      Other->eraseFromParent();
    }
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
      if (V.isConstant() && !V.isExternallyInitialized() && (IsLocal || !V.isInterposable()))
        continue;
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
          Attribute::Builtin, Attribute::NoRecurse})
      Mask.addAttribute(Kind);
    Mask.addAttribute("alloc-family");
    return Mask;
  }

  void prepare(Function &F) {
    const AttributeMask Mask = promises();
    F.removeFnAttrs(Mask);
    const NodeId N = Bodies::nodeOf(F.getName());
    SmallVector<CallBase *, 16> Calls;
    for (Instruction &I : instructions(F))
      if (auto *Call = dyn_cast<CallBase>(&I); Call && !isa<IntrinsicInst>(Call))
        Calls.push_back(Call);
    for (CallBase *Call : Calls) {
      Call->removeFnAttrs(Mask);
      Call->addFnAttr(Attribute::NoBuiltin);
      if (!Call->isInlineAsm() && !Bodies::calleeOf(*Call))
        mark(Call, N);
    }
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
                              std::vector<UnitCode> Units) {
  Owner Of(P, G, Ways);
  LLVMContext Context;
  Module Whole("program", Context);
  Linker Into(Whole);
  DenseSet<uint32_t> Seen;
  for (UnitCode &Code : Units) {
    uint32_t U = unitOf(P, Code.Unit);
    if (U == None || Code.Bitcode.empty())
      continue;
    // Two commands compile one source, and which of them the facts are of is not known.
    if (!Seen.insert(U).second)
      return createStringError(Code.Unit.Source +
                               ": error: several commands compile it; give the one of this "
                               "program with --only, or compile commands of this program alone");
    Expected<std::unique_ptr<Module>> M =
        parseBitcodeFile(MemoryBufferRef(Code.Bitcode, Code.Unit.Source), Context);
    if (!M)
      return createStringError(Code.Unit.Source + ": error: " + toString(M.takeError()) +
                               "; give the clang of this LLVM with --clang");
    Adopter(Of, **M, U).run();
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
