#include "frontend/LibraryCalls.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"

using namespace llvm;

namespace weir::frontend {

StringRef operationOf(const Instruction &I) {
  if (const auto *Alloca = dyn_cast<AllocaInst>(&I))
    return Alloca->isArrayAllocation() ? "alloca" : "";
  if (I.getOpcode() == Instruction::FRem)
    return "frem";
  const auto *Intrinsic = dyn_cast<IntrinsicInst>(&I);
  if (!Intrinsic)
    return "";
  StringRef Name = Intrinsic::getBaseName(Intrinsic->getIntrinsicID());
  Name.consume_front("llvm.");
  Name.consume_front("experimental.constrained."); // as -ftrapping-math asks
  return Name;
}

StringRef withoutCheck(StringRef Name) {
  if (Name.starts_with("__") && Name.ends_with("_chk"))
    return Name.drop_front(2).drop_back(4);
  return Name;
}

bool mayBecome(StringRef Name, StringRef Operation) {
  Name = withoutCheck(Name);
  if (Name == Operation)
    return true;
  const StringRef Becomes = StringSwitch<StringRef>(Name)
                                .Case("mempcpy", "memcpy")
                                .Case("bcopy", "memmove")
                                .Case("bzero", "memset")
                                .Cases("fmod", "fmodf", "fmodl", "frem")
                                .Cases("fmin", "fminf", "fminl", "minnum")
                                .Cases("fmax", "fmaxf", "fmaxl", "maxnum")
                                .Default("");
  if (Operation == Becomes)
    return true;
  return (Name.consume_back("f128") || Name.consume_back("f") || Name.consume_back("l")) &&
         Name == Operation;
}

StringRef memoryFunction(StringRef Operation) {
  return StringSwitch<StringRef>(Operation)
      .Case("memcpy", "memcpy")
      .Case("memmove", "memmove")
      .Case("memset", "memset")
      .Default("");
}

} // namespace weir::frontend
