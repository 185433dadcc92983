// Writes the facts of a unit as one blob.
#ifndef WEIR_FACTS_ENCODE_H
#define WEIR_FACTS_ENCODE_H

#include "facts/Format.h"
#include "facts/Model.h"

#include "llvm/ADT/SmallVector.h"

namespace weir::facts {

/// The blob of one unit: header and payload, ready for a section or a file. The same facts give
/// the same bytes. What deflate would not make smaller is stored.
llvm::SmallVector<char, 0> encode(const UnitFacts &Unit, Codec Wanted = Codec::Deflate);

} // namespace weir::facts

#endif
