// Reads blobs: finds them in a section or a file, checks them, and decodes them.
//
// The bytes are not trusted. Every error says what is wrong, at which offset of the input, and what
// to do; the caller puts the file's name in front.
#ifndef WEIR_FACTS_DECODE_H
#define WEIR_FACTS_DECODE_H

#include "facts/Format.h"
#include "facts/Model.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <vector>

namespace weir::facts {

/// A blob whose header was checked; its payload was not looked at yet.
struct Blob {
  uint64_t Offset = 0; ///< of the header, in the bytes scanned
  Codec Packing = Codec::Stored;
  UnitKind Kind = UnitKind::Unit;
  uint32_t RawSize = 0;
  uint64_t ContentHash = 0;
  uint64_t UnitId = 0;
  llvm::StringRef Stored; ///< points into the bytes scanned
};

/// The blobs of a section or file, in order: back to back, NUL bytes allowed between them and at
/// the end. Bytes of NUL alone hold no blob, which is not an error here.
llvm::Expected<std::vector<Blob>> scan(llvm::StringRef Bytes);

/// The facts of one blob; they do not refer to the bytes scanned. Every index is in range and every
/// hash was checked.
llvm::Expected<UnitFacts> decode(const Blob &B);

} // namespace weir::facts

#endif
