// Calls through pointers that the policy allows to some of their targets.
#ifndef WEIR_SOLVER_ALLOWEDCALLS_H
#define WEIR_SOLVER_ALLOWEDCALLS_H

#include "solver/IndirectCalls.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace weir {

/// Gives the sites of each Caller that the policy has a say about (MayAllow) classes of their own,
/// without the functions that the caller is Allowed to call.
void splitAllowedClasses(const Program &P, IndirectCalls &Calls,
                         llvm::function_ref<bool(NodeId)> MayAllow,
                         llvm::function_ref<bool(NodeId, NodeId)> Allowed);

} // namespace weir

#endif
