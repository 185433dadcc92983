#include "solver/NameTable.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/xxhash.h"

#include <utility>

using namespace llvm;

namespace weir {

NameTable::Key NameTable::key(StringRef Name) {
  const XXH128_hash_t Hash = xxh3_128bits(arrayRefFromStringRef(Name));
  return {Hash.low64, static_cast<uint32_t>(Hash.high64)};
}

NodeId NameTable::findOrInsert(const Key &K, NodeId New) {
  Slot &S = Slots[slotOf(K)];
  if (S.Id != None)
    return S.Id;
  S = {K.Low, K.High, New};
  if (++Count * 2 > Slots.size())
    resize(Slots.size() * 2);
  return New;
}

void NameTable::reserve(size_t Names) {
  if (const size_t Size = PowerOf2Ceil(Names * 2 + 1); Size > Slots.size())
    resize(Size);
}

void NameTable::resize(size_t Size) {
  const std::vector<Slot> Old = std::exchange(Slots, std::vector<Slot>(Size));
  Mask = Slots.size() - 1;
  for (const Slot &S : Old)
    if (S.Id != None)
      Slots[slotOf(S.key())] = S;
}

} // namespace weir
