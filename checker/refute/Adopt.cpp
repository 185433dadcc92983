#include "refute/Adopt.h"
#include "refute/Havoc.h"
#include "refute/Marks.h"
#include "refute/Trails.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
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
      : Of(Of), M(M), Unit(Unit), Whole(Whole), Defined(Defined) {
    for (const facts::Call &C : Of.P.Units[Unit].Facts.Calls)
      Written.insert({Of.P.node(Unit, C.Caller), Of.P.node(Unit, C.Callee)});
  }

  void run() {
    for (const char *Name : {"llvm.used", "llvm.compiler.used", "llvm.global_ctors",
                             "llvm.global_dtors", "llvm.global.annotations"})
      if (GlobalVariable *List = M.getNamedGlobal(Name))
        List->eraseFromParent();
    M.setModuleInlineAsm("");
    if (NamedMDNode *Flags = M.getModuleFlagsMetadata())
      Flags->eraseFromParent(); // the data layout is what matters here
    replaceOtherNames();
    nameFunctions();
    writeTrails(Of.P, Of.G, M);
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

  void prepare(Function &F) {
    havocUnknown(F);
    const NodeId N = nodeOf(F.getName());
    SmallVector<CallBase *, 16> Calls;
    for (Instruction &I : instructions(F))
      if (auto *Call = dyn_cast<CallBase>(&I))
        Calls.push_back(Call);
    for (CallBase *Call : Calls)
      if (const Function *Callee = calleeOf(*Call)) {
        if (isCut(N, nodeOf(Callee->getName())))
          cut(*Call);
      } else if (!Call->isInlineAsm()) {
        markCaller(*Call, N);
      }
  }

  /// Whether the graph goes without the edge of a call that the facts have: the policy cut it, with
  /// all that lies behind it, or the compiler may write it out itself.
  bool isCut(NodeId Caller, NodeId Callee) const {
    return Written.contains({Caller, Callee}) && none_of(Of.G.from(Caller), [&](const Edge &E) {
             return E.kind() == EdgeKind::Call && E.To == Callee;
           });
  }

  void cut(CallBase &Call) {
    std::string Name = AnythingPrefix + std::string("cut.");
    raw_string_ostream(Name) << *Call.getFunctionType();
    Call.setCalledFunction(M.getOrInsertFunction(Name, Call.getFunctionType()));
  }

  const Agreement &Of;
  Module &M;
  uint32_t Unit;
  Module &Whole;                               ///< what this becomes a part of
  DenseSet<std::pair<NodeId, NodeId>> Written; ///< callers and callees of the unit's calls
  StringSet<> &Defined;                        ///< names of variables that are objects of their own
  SmallPtrSet<const Function *, 8> Ambiguous;  ///< whose code cannot be trusted to be what runs
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
