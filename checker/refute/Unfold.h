// A function with all that it calls put into it, as far as constants lead.
#ifndef WEIR_REFUTE_UNFOLD_H
#define WEIR_REFUTE_UNFOLD_H

#include "refute/Bodies.h"
#include "refute/Trails.h"

namespace weir {

/// A call that was left.
struct LeftCall {
  /// From the start to the function in whose source it stands. Where that was lost it may end
  /// sooner; of a call through a pointer its last hop is always of that function.
  std::vector<Hop> Trail;
  NodeId Callee = None; ///< what it names; None where it is through a pointer

  bool operator<(const LeftCall &O) const {
    return std::tie(Trail, Callee) < std::tie(O.Trail, O.Callee);
  }
  bool operator==(const LeftCall &O) const { return Trail == O.Trail && Callee == O.Callee; }
};

struct Left {
  std::vector<LeftCall> Calls; ///< ascending, each once
  bool Unknown = true;         ///< whether there are such as belong to no function of the graph
};

/// Inlines what Start calls, from the top down and a level at a time, and lets LLVM's scalar passes
/// take away in between what cannot happen with the constants that are then known. From the top:
/// a callee is looked at after the branch around its call. It ends when no call is left that could
/// be inlined, or when the code is too large to go on; a call that is left may still be dead.
/// Without a body, everything is left.
Left unfold(llvm::MemoryBufferRef Program, NodeId Start);

} // namespace weir

#endif
