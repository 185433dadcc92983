// Whether inline assembly may call or jump out of its function.
#ifndef WEIR_FRONTEND_INLINEASM_H
#define WEIR_FRONTEND_INLINEASM_H

#include "llvm/ADT/StringRef.h"

namespace llvm {
class Triple;
}

namespace weir::frontend {

/// False only when every statement of \p Template is known to fall through or to branch to a label
/// of its own: `cpsid i`, `dmb`, `1: ldrex ... bne 1b`. For an architecture without a table, true
/// unless the template is empty.
bool mayTransferControl(llvm::StringRef Template, const llvm::Triple &Target);

} // namespace weir::frontend

#endif
