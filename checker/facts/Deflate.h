// The payload of a blob, compressed and restored: a raw deflate stream (RFC 1951).
#ifndef WEIR_FACTS_DEFLATE_H
#define WEIR_FACTS_DEFLATE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

namespace weir::facts {

/// Compresses \p Bytes. \p Ends are the offsets, ascending, where what comes next is of another
/// kind: enough of a kind is coded by itself.
llvm::SmallVector<char, 0> deflate(llvm::StringRef Bytes, llvm::ArrayRef<size_t> Ends);

/// Restores \p Stored into \p Raw, whose size is what is expected. False unless \p Stored is one
/// whole stream of just that size. Takes no more memory than \p Raw has, whatever the stream says.
bool inflate(llvm::StringRef Stored, llvm::MutableArrayRef<uint8_t> Raw);

/// A stream of N bytes restores to less than N times this.
inline constexpr uint64_t MaxDeflateRatio = 1040;

} // namespace weir::facts

#endif
