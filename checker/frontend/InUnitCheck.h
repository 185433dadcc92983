// What one translation unit can prove by itself: a root that reaches a banned function through
// direct calls.
#ifndef WEIR_FRONTEND_INUNITCHECK_H
#define WEIR_FRONTEND_INUNITCHECK_H

#include "facts/Model.h"
#include "policy/Policy.h"
#include <vector>

namespace weir::frontend {

/// A shortest path from a root to a banned function: indices into UnitFacts::Calls, never empty.
using BannedPath = std::vector<uint32_t>;

/// One path for each root and banned function it reaches, in the order of the facts.
///
/// Named roots are followed through the unit. When the whole program is the root, every function on
/// a path is one too, so only the last of them, the one that makes the banned call, is reported.
/// A weak function may be another one in the program: nothing is proved through it.
std::vector<BannedPath> findBannedPaths(const facts::UnitFacts &Unit, Policy &Rules);

} // namespace weir::frontend

#endif
