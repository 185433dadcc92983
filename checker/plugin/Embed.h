// Carry the facts in the object file.
#ifndef WEIR_PLUGIN_EMBED_H
#define WEIR_PLUGIN_EMBED_H

#include "llvm/ADT/StringRef.h"

namespace llvm {
class Module;
}

namespace weir::plugin {

/// Whether \p M already carries facts: bitcode compiled a second time.
bool hasFacts(const llvm::Module &M);

/// Appends \p Blob to \p M as module-level assembly, into the section `.weir.facts`. The section is
/// not allocated: it never reaches flash, and linkers concatenate it.
void embedFacts(llvm::Module &M, llvm::StringRef Blob);

} // namespace weir::plugin

#endif
