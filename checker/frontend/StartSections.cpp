#include "frontend/StartSections.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/IR/Constants.h"

using namespace llvm;

namespace weir::frontend {

static bool isStartSection(StringRef Name) {
  return any_of(
      ArrayRef<StringRef>{".preinit_array", ".init_array", ".fini_array", ".ctors", ".dtors"},
      [&](StringRef Array) {
        return Name.consume_front(Array) && (Name.empty() || Name.front() == '.');
      });
}

void forEachStarted(const Module &M, function_ref<void(const GlobalValue &)> Visit) {
  for (const GlobalVariable &Object : M.globals()) {
    if (!Object.hasSection() || !Object.hasInitializer() || !isStartSection(Object.getSection()))
      continue;
    SmallVector<const Constant *, 8> Work{Object.getInitializer()};
    while (!Work.empty()) {
      const Constant *C = Work.pop_back_val();
      if (const auto *Symbol = dyn_cast<GlobalValue>(C->stripPointerCasts()))
        Visit(*Symbol);
      else
        for (const Use &Part : C->operands()) // of an aggregate, or an address that is computed
          if (const auto *Inner = dyn_cast<Constant>(Part.get()))
            Work.push_back(Inner);
    }
  }
}

} // namespace weir::frontend
