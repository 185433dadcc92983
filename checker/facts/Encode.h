// Writes the facts of a unit as one blob.
#ifndef WEIR_FACTS_ENCODE_H
#define WEIR_FACTS_ENCODE_H

#include "facts/Format.h"
#include "facts/Model.h"

#include "llvm/ADT/SmallVector.h"

namespace weir::facts {

/// The blob of one unit: header and payload, ready for a section or a file. The same facts give
/// the same bytes. Zlib falls back to stored when LLVM was built without it, or when it would not
/// make the payload smaller.
llvm::SmallVector<char, 0> encode(const UnitFacts &Unit, Codec Wanted = Codec::Zlib);

} // namespace weir::facts

#endif
