// Findings as clang's own diagnostics.
#ifndef WEIR_PLUGIN_DIAGNOSTICS_H
#define WEIR_PLUGIN_DIAGNOSTICS_H

#include "frontend/InUnitCheck.h"

namespace clang {
class CompilerInstance;
} // namespace clang

namespace weir::plugin {

/// An error without a place: what the user told the plugin is wrong, or it could not do its work.
void reportFailure(clang::CompilerInstance &Compiler, llvm::StringRef Message);

/// A warning without a place: the unit is compiled, but will count as unverified.
void reportMissing(clang::CompilerInstance &Compiler, llvm::StringRef Message);

/// One error at the first call of \p Path, a note per hop, and the remedy: as weir-check words it.
void reportBannedPath(clang::CompilerInstance &Compiler, const facts::UnitFacts &Unit,
                      const frontend::BannedPath &Path);

} // namespace weir::plugin

#endif
