// By which calls of the graph execution gets to a call of the code, also after inlining.
//
// It is written as debug locations, since every pass takes care of those and the inliner makes
// chains of them: the scope is the function, the line the number of the edge. Passes are told
// not to make one call of two; one that loses a location all the same costs a path its precision,
// and recursion its end (see Unfold.cpp), but no verdict hangs on it.
#ifndef WEIR_REFUTE_TRAILS_H
#define WEIR_REFUTE_TRAILS_H

#include "solver/CallGraph.h"

#include "llvm/IR/InstrTypes.h"
#include "llvm/IR/Module.h"

#include <tuple>
#include <vector>

namespace weir {

/// A function on the way, and the edge of the graph by which the way goes on; None where that is
/// not known.
struct Hop {
  NodeId From = None;
  uint32_t Edge = None;

  bool operator<(const Hop &O) const { return std::tie(From, Edge) < std::tie(O.From, O.Edge); }
  bool operator==(const Hop &O) const { return From == O.From && Edge == O.Edge; }
};

/// Puts trails of one hop in the place of a module's debug information, which says where its calls
/// are written. Functions have the names of their nodes.
void writeTrails(const Program &P, const CallGraph &G, llvm::Module &M);

/// The way to a call, from the function that all else was inlined into to the one in whose source
/// it stands. Empty where it was lost.
std::vector<Hop> trailOf(const llvm::CallBase &Call);

/// Whether the call came out of a function, as far as is known.
bool cameOutOf(const llvm::CallBase &Call, const llvm::Function &F);

} // namespace weir

#endif
