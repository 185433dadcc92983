// The command by which clang compiles a unit as its own compiler would have.
#ifndef WEIR_EXTRACT_CLANGCOMMAND_H
#define WEIR_EXTRACT_CLANGCOMMAND_H

#include "extract/CompileCommands.h"

#include "llvm/ADT/ArrayRef.h"

namespace weir {

/// Clang with Flags (see Toolchains::flagsFor) and the unit's own, up to the source. What is to be
/// made, and where, comes behind it.
std::vector<std::string> clangCommand(llvm::StringRef Clang, llvm::ArrayRef<std::string> Flags,
                                      const CompileCommand &Unit);

/// The error that stopped clang, or its last word.
std::string firstError(llvm::StringRef Said);

} // namespace weir

#endif
