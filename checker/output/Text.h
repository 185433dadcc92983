// Findings as text, in the compiler's grammar.
#ifndef WEIR_OUTPUT_TEXT_H
#define WEIR_OUTPUT_TEXT_H

#include "output/Finding.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/raw_ostream.h"

namespace weir {

/// Writes `file:line:column: error: ... [rule]` for each finding and a `note:` for each of its
/// notes. Color follows Out's own setting.
void writeText(llvm::ArrayRef<Finding> Findings, llvm::raw_ostream &Out);

} // namespace weir

#endif
