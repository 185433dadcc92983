#include "facts/Deflate.h"

#include "llvm/Support/ErrorHandling.h"

#include <zlib.h>

using namespace llvm;

namespace weir::facts {

/// zlib's word for a stream without its header and check sum, which a blob has of its own.
static constexpr int RawWindow = -MAX_WBITS;
/// zlib's default.
static constexpr int MemoryLevel = 8;
/// Bytes of one kind that make up for the cost of a block's own code.
static constexpr size_t BlockBytes = 1000;

static Bytef *input(StringRef Bytes) {
  return reinterpret_cast<Bytef *>(const_cast<char *>(Bytes.data())); // zlib's input is not const
}

SmallVector<char, 0> deflate(StringRef Bytes, ArrayRef<size_t> Ends) {
  z_stream Stream = {};
  if (deflateInit2(&Stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, RawWindow, MemoryLevel,
                   Z_DEFAULT_STRATEGY) != Z_OK)
    report_bad_alloc_error("no memory to compress facts");
  constexpr size_t BytesABlock = 16; // what zlib's own bound does not know of
  SmallVector<char, 0> Out;
  Out.resize_for_overwrite(deflateBound(&Stream, Bytes.size()) + Ends.size() * BytesABlock);
  Stream.next_in = input(Bytes);
  Stream.next_out = reinterpret_cast<Bytef *>(Out.data());
  Stream.avail_out = Out.size();
  size_t Begin = 0;
  for (size_t End : Ends) {
    if (End - Begin < BlockBytes)
      continue;
    Stream.avail_in = End - Stream.total_in;
    ::deflate(&Stream, Z_BLOCK);
    Begin = End;
  }
  Stream.avail_in = Bytes.size() - Stream.total_in;
  if (::deflate(&Stream, Z_FINISH) != Z_STREAM_END)
    report_fatal_error("compressed facts are larger than zlib's bound");
  Out.truncate(Stream.total_out);
  deflateEnd(&Stream);
  return Out;
}

} // namespace weir::facts
