// Lets a function's code conclude nothing that a run may find otherwise.
//
// What is not known is put there as such (havoc, as verifiers call it): a value comes from a
// function of which LLVM knows nothing, and memory is handed to one.
#ifndef WEIR_REFUTE_HAVOC_H
#define WEIR_REFUTE_HAVOC_H

#include "llvm/IR/Function.h"

namespace weir {

/// Takes what is promised of the function and its calls away. In its body, numbers of floating
/// point, places in memory, variables without a value and arguments without a name may be any; and
/// so may what depends on how well a compiler optimises.
void havocUnknown(llvm::Function &F);

} // namespace weir

#endif
