// Symbols and types as a reader knows them.
#ifndef WEIR_SOLVER_NAMES_H
#define WEIR_SOLVER_NAMES_H

#include "llvm/ADT/StringRef.h"

#include <string>

namespace weir {

/// A function's name in C++ terms where it has one, else the symbol itself.
std::string readableName(llvm::StringRef Symbol);

/// A function type as clang prints types: `_ZTSFPvjE.generalized` is `void *(unsigned int)`. A type
/// that is a hash is given as it is.
std::string readableType(llvm::StringRef Type);

} // namespace weir

#endif
