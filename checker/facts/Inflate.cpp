#include "facts/Deflate.h"

#include "llvm/Support/ErrorHandling.h"

#include <libdeflate.h>

#include <memory>

using namespace llvm;

namespace weir::facts {

namespace {
struct Free {
  void operator()(libdeflate_decompressor *Of) const { libdeflate_free_decompressor(Of); }
};
} // namespace

bool inflate(StringRef Stored, MutableArrayRef<uint8_t> Raw) {
  static thread_local const std::unique_ptr<libdeflate_decompressor, Free> Decompressor(
      libdeflate_alloc_decompressor());
  if (!Decompressor)
    report_bad_alloc_error("no memory to restore facts");
  uint8_t Nothing = 0; // where there is nothing to restore, a place for it is still wanted
  size_t Taken = 0, Given = 0;
  const libdeflate_result Result = libdeflate_deflate_decompress_ex(
      Decompressor.get(), Stored.data(), Stored.size(), Raw.empty() ? &Nothing : Raw.data(),
      Raw.size(), &Taken, &Given);
  return Result == LIBDEFLATE_SUCCESS && Taken == Stored.size() && Given == Raw.size();
}

} // namespace weir::facts
