// The code of a build's units as LLVM's bitcode, before any optimisation.
#ifndef WEIR_EXTRACT_BITCODE_H
#define WEIR_EXTRACT_BITCODE_H

#include "extract/CompileCommands.h"
#include "extract/Extract.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace weir {

struct UnitCode {
  CompileCommand Unit;
  std::string Bitcode;
  std::string WhyNot; ///< where there is none
};

/// The code of the units that are Wanted, in the order of their commands. It means what the source
/// says, not what an optimiser may make of it: integers wrap, types alias, the null pointer may be
/// read, loops may be endless. Debug information says where calls are written. What is left to the
/// compiler it does as clang does; a unit of another compiler has no code here. An error is a whole
/// line, as of extractUnits.
llvm::Expected<std::vector<UnitCode>>
compileToBitcode(const ExtractOptions &Options,
                 llvm::function_ref<bool(const CompileCommand &)> Wanted);

} // namespace weir

#endif
