// Functions that run before main or after it because source put them into a section for such.
#ifndef WEIR_FRONTEND_STARTSECTIONS_H
#define WEIR_FRONTEND_STARTSECTIONS_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/IR/Module.h"

namespace weir::frontend {

/// Calls \p Visit for each function that an object in a section like `.init_array` holds.
void forEachStarted(const llvm::Module &M,
                    llvm::function_ref<void(const llvm::GlobalValue &)> Visit);

} // namespace weir::frontend

#endif
