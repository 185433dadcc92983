// What the solver takes from one ELF file: its functions and its facts.
#ifndef WEIR_SOLVER_ELF_H
#define WEIR_SOLVER_ELF_H

#include "solver/Inputs.h"

#include "llvm/Object/ELFObjectFile.h"

namespace weir {

/// Fills Kind, HasLocals, Functions and Blobs of Into from File. The messages of errors lack the
/// file's name. That an object has no facts is not an error here.
llvm::Error readElf(const llvm::object::ELFObjectFileBase &File, Input &Into);

} // namespace weir

#endif
