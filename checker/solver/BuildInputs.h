// The units of a build as inputs, and what is said of them.
#ifndef WEIR_SOLVER_BUILDINPUTS_H
#define WEIR_SOLVER_BUILDINPUTS_H

#include "extract/Extract.h"
#include "output/Finding.h"
#include "solver/Inputs.h"

namespace weir {

/// Fills in what the options leave open: the clang of this LLVM, and the plugin that lies where
/// this program was built or installed.
void findTools(ExtractOptions &Options, const char *Argv0);

/// Adds the units to Set, which takes their facts. Of a unit that clang could not read, the facts
/// of its object count as the unit's.
llvm::Error addUnits(std::vector<ExtractedUnit> &Units, InputSet &Set);

/// A finding for each function of an object that its unit's facts lack.
std::vector<Finding> incompleteUnits(const std::vector<ExtractedUnit> &Units);

} // namespace weir

#endif
