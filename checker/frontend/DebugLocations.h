// Where the IR came from in the source, where only its debug information says so: in bitcode.
#ifndef WEIR_FRONTEND_DEBUGLOCATIONS_H
#define WEIR_FRONTEND_DEBUGLOCATIONS_H

#include "frontend/Declarations.h"

namespace llvm {
class Function;
class Instruction;
} // namespace llvm

namespace weir::frontend {

SourcePoint pointOf(const llvm::Instruction &I);
SourcePoint pointOf(const llvm::Function &F);

} // namespace weir::frontend

#endif
