// What a call to an ifunc may reach.
#ifndef WEIR_SOLVER_IFUNCS_H
#define WEIR_SOLVER_IFUNCS_H

#include "facts/Model.h"

#include <vector>

namespace weir {

/// The addresses (indices into Facts.Addresses) that a resolver, a function of the same unit, may
/// return: those that it holds, or what it calls, and those of the same types in the unit's tables,
/// which it may read.
std::vector<uint32_t> resolvable(const facts::UnitFacts &Facts, uint32_t Resolver);

} // namespace weir

#endif
