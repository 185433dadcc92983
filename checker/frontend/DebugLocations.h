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

/// Where \p I or \p F stands. \p Files are the names by which the compiler opened its files.
SourcePoint pointOf(const llvm::Instruction &I, const llvm::StringSet<> &Files);
SourcePoint pointOf(const llvm::Function &F, const llvm::StringSet<> &Files);

/// Removes all debug information, as if it had never been asked for.
void removeLocations(llvm::Module &M);

} // namespace weir::frontend

#endif
