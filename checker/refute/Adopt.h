// Makes the code of units one module in which nothing is believed that a run may find otherwise.
#ifndef WEIR_REFUTE_ADOPT_H
#define WEIR_REFUTE_ADOPT_H

#include "refute/Agreement.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/IR/Module.h"

namespace weir {

/// Prepares the module of a unit to become a part of Whole: functions get their nodes' names,
/// bodies that do not agree go, variables lose what they hold at the start, and calls what is
/// promised of them. The names of variables that are objects of their own are added to Defined.
void adoptUnit(llvm::Module &M, uint32_t Unit, const Agreement &With, llvm::Module &Whole,
               llvm::StringSet<> &Defined);

/// Puts in the place of each variable that no unit defines an address that may be any: a linker's
/// symbol is no object, and may be odd, null or in the midst of one; and two names may be one
/// object.
void hideUndefined(llvm::Module &Whole, const llvm::StringSet<> &Defined);

} // namespace weir

#endif
