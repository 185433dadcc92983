// The functions that an ELF file has called before main and after it, whoever put them there: the
// compiler, or source and assembly by `section(".init_array")`.
#ifndef WEIR_SOLVER_STARTARRAYS_H
#define WEIR_SOLVER_STARTARRAYS_H

#include "solver/Inputs.h"

#include "llvm/Object/ELFObjectFile.h"

namespace weir {

/// Fills Started of Into from File, whose Kind is known. Of an image it looks where the linker says
/// that such arrays are: by their sections, and between labels as `__init_array_start` where a
/// linker script made them part of another section.
llvm::Error readStartArrays(const llvm::object::ELFObjectFileBase &File, Input &Into);

} // namespace weir

#endif
