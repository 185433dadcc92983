// Lists the facts of a unit as text, one fact a line. See FORMAT.md, "The listing".
#ifndef WEIR_FACTS_DUMP_H
#define WEIR_FACTS_DUMP_H

#include "facts/Decode.h"

#include "llvm/Support/raw_ostream.h"

namespace weir::facts {

void dump(const Blob &B, const UnitFacts &Unit, llvm::raw_ostream &Out);

} // namespace weir::facts

#endif
