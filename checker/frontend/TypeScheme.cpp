// How exact function types reach the IR.
#include "frontend/TypeScheme.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/InstrTypes.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace weir::frontend {

StringRef schemeName(TypeScheme Scheme) {
  switch (Scheme) {
  case TypeScheme::None:
    return "none";
  case TypeScheme::Generalized:
    return "generalized";
  case TypeScheme::Kcfi:
    return "kcfi";
  }
  return "none";
}

std::string kcfiTypeName(uint32_t Number) {
  std::string Name;
  raw_string_ostream(Name) << format_hex_no_prefix(Number, 8);
  return Name;
}

/// A type private to the unit is a node without a name; the facts call it unknown, because another
/// C unit may well spell a compatible one.
static std::string typeIdOf(const MDNode *Type) {
  if (!Type || Type->getNumOperands() < 2)
    return "";
  const auto *Name = dyn_cast<MDString>(Type->getOperand(1));
  return Name ? Name->getString().str() : "";
}

std::string typeOf(const Function &F, TypeScheme Scheme) {
  if (Scheme == TypeScheme::Generalized) {
    SmallVector<MDNode *, 2> Types;
    F.getMetadata(LLVMContext::MD_type, Types);
    for (const MDNode *Type : Types)
      if (std::string Name = typeIdOf(Type); StringRef(Name).ends_with(".generalized"))
        return Name;
    return "";
  }
  if (Scheme == TypeScheme::Kcfi)
    if (const MDNode *Type = F.getMetadata(LLVMContext::MD_kcfi_type))
      return kcfiTypeName(mdconst::extract<ConstantInt>(Type->getOperand(0))->getZExtValue());
  return "";
}

std::string typeOf(const CallBase &Call, TypeScheme Scheme) {
  if (Scheme == TypeScheme::Generalized) {
    const MDNode *Types = Call.getMetadata("callee_type");
    if (!Types || Types->getNumOperands() != 1)
      return "";
    return typeIdOf(dyn_cast<MDNode>(Types->getOperand(0)));
  }
  if (Scheme == TypeScheme::Kcfi)
    if (auto Bundle = Call.getOperandBundle(LLVMContext::OB_kcfi))
      return kcfiTypeName(cast<ConstantInt>(Bundle->Inputs[0])->getZExtValue());
  return "";
}

void removeModuleFlags(Module &M, bool (*Unwanted)(StringRef Name)) {
  NamedMDNode *Flags = M.getModuleFlagsMetadata();
  if (!Flags)
    return;
  SmallVector<MDNode *, 16> Kept;
  for (MDNode *Flag : Flags->operands())
    if (!Unwanted(cast<MDString>(Flag->getOperand(1))->getString()))
      Kept.push_back(Flag);
  if (Kept.size() == Flags->getNumOperands())
    return;
  Flags->clearOperands();
  for (MDNode *Flag : Kept)
    Flags->addOperand(Flag);
  if (Kept.empty())
    Flags->eraseFromParent();
}

static void removeGeneralizedTypes(Module &M) {
  const unsigned CalleeType = M.getMDKindID("callee_type");
  for (Function &F : M) {
    F.eraseMetadataIf([](unsigned Kind, MDNode *Node) {
      if (Kind != LLVMContext::MD_type || Node->getNumOperands() < 2)
        return false;
      const auto *Name = dyn_cast<MDString>(Node->getOperand(1));
      return !Name || Name->getString().ends_with(".generalized");
    });
    for (BasicBlock &Block : F)
      for (Instruction &I : Block)
        if (isa<CallBase>(I))
          I.setMetadata(CalleeType, nullptr);
  }
}

/// Clang names each declared function in assembly, so that foreign code can be checked:
/// `.weak __kcfi_typeid_f` and `.set __kcfi_typeid_f, 1234`.
static void removeKcfiAssembly(Module &M) {
  const StringRef Text = M.getModuleInlineAsm();
  if (!Text.contains("__kcfi_typeid_"))
    return;
  std::string Kept;
  for (StringRef Line : split(Text, '\n'))
    if (!Line.starts_with(".weak __kcfi_typeid_") && !Line.starts_with(".set __kcfi_typeid_") &&
        !Line.empty())
      Kept += (Line + "\n").str();
  M.setModuleInlineAsm(Kept);
}

static void removeKcfiBundles(Function &F) {
  for (BasicBlock &Block : F)
    for (Instruction &I : make_early_inc_range(Block)) {
      auto *Call = dyn_cast<CallBase>(&I);
      if (!Call || !Call->getOperandBundle(LLVMContext::OB_kcfi))
        continue;
      CallBase *Plain =
          CallBase::removeOperandBundle(Call, LLVMContext::OB_kcfi, Call->getIterator());
      Plain->copyMetadata(*Call);
      Plain->takeName(Call);
      Call->replaceAllUsesWith(Plain);
      Call->eraseFromParent();
    }
}

void removeTypes(Module &M, TypeScheme Scheme) {
  if (Scheme == TypeScheme::Generalized)
    removeGeneralizedTypes(M);
  if (Scheme != TypeScheme::Kcfi)
    return;
  for (Function &F : M) {
    F.eraseMetadata(LLVMContext::MD_kcfi_type);
    removeKcfiBundles(F);
  }
  removeKcfiAssembly(M);
  removeModuleFlags(M, [](StringRef Name) {
    return Name == "kcfi" || Name.starts_with("kcfi-") || Name.starts_with("cfi-");
  });
}

} // namespace weir::frontend
