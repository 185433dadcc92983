// A function with all that it calls put into it, as far as constants lead.
#ifndef WEIR_REFUTE_UNFOLD_H
#define WEIR_REFUTE_UNFOLD_H

#include "refute/Bodies.h"

namespace weir {

/// The calls that were left.
struct Left {
  std::vector<NodeId> Callees;        ///< by name
  std::vector<NodeId> PointerCallers; ///< functions whose calls through pointers were left
  bool Unknown = true;                ///< and such as belong to no function of the graph
};

/// Inlines what Start calls, from the top down and a level at a time, and lets LLVM's scalar passes
/// take away in between what cannot happen with the constants that are then known. From the top:
/// a callee is looked at after the branch around its call. It ends when no call is left that could
/// be inlined, or when the code is too large to go on; a call that is left may still be dead.
/// Without a body, everything is left.
Left unfold(llvm::MemoryBufferRef Program, NodeId Start);

} // namespace weir

#endif
