// Where the IR came from in the source.
#ifndef WEIR_FRONTEND_DEBUGLOCATIONS_H
#define WEIR_FRONTEND_DEBUGLOCATIONS_H

#include "frontend/Declarations.h"

namespace llvm {
class Function;
class Instruction;
class Module;
} // namespace llvm

namespace weir::frontend {

SourcePoint pointOf(const llvm::Instruction &I);
SourcePoint pointOf(const llvm::Function &F);

/// Removes all debug information, as if it had never been asked for.
void removeLocations(llvm::Module &M);

} // namespace weir::frontend

#endif
