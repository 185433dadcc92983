// Which paths the constants of the code rule out.
//
// The graph has an edge for every call that is written. Whether it happens may hang on an argument:
// `receive(queue, 0)` waits for nothing. For a root and a banned function that a path joins, the
// root is unfolded (see Unfold.h); when no call that is left leads to the banned function, by any
// path of the graph, nothing that the root does can get there.
#ifndef WEIR_REFUTE_REFUTE_H
#define WEIR_REFUTE_REFUTE_H

#include "extract/Extract.h"
#include "solver/BannedPaths.h"

#include "llvm/Support/raw_ostream.h"

namespace weir {

/// Takes from Paths those that are ruled out, and returns them. Those that stay then go by a call
/// that was left, unless there are several between the same two functions. Only roots that the
/// policy names are looked at: below one of "*" there are others that it stands for. Options say
/// where the compile commands are. Units that cannot be compiled are told to Talk, and then rule
/// out nothing.
llvm::Expected<std::vector<Witness>>
takeRefuted(const Program &P, const CallGraph &G, const FromRoots &Reached,
            std::vector<Witness> &Paths, const ExtractOptions &Options, llvm::raw_ostream &Talk);

} // namespace weir

#endif
