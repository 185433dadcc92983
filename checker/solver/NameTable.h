// Global names and their nodes.
//
// Names are told apart by 96 bits of hash (XXH3) and not compared: to read a name again costs more
// than all else that is done with it, as it lies somewhere in the facts of another unit. Of a
// hundred million names two share a hash with a probability of 6e-14.
#ifndef WEIR_SOLVER_NAMETABLE_H
#define WEIR_SOLVER_NAMETABLE_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <vector>

namespace weir {

using NodeId = uint32_t;
inline constexpr uint32_t None = ~0u;

/// Open addressing over slots of 16 bytes, so that a look-up costs one cache line.
class NameTable {
public:
  struct Key {
    uint64_t Low = 0;
    uint32_t High = 0;
    bool operator==(const Key &Other) const { return Low == Other.Low && High == Other.High; }
  };

  static Key key(llvm::StringRef Name);
  /// Makes room for so many names, so that the table is not copied while it grows.
  void reserve(size_t Names);
  /// Brings the place of a key near; for who knows what is looked up next.
  void prefetch(const Key &K) const { __builtin_prefetch(&Slots[K.Low & Mask]); }
  /// The node of a name, or None.
  NodeId find(const Key &K) const { return Slots[slotOf(K)].Id; }
  /// The node of a name, which is New from now on if it had none.
  NodeId findOrInsert(const Key &K, NodeId New);

private:
  struct Slot {
    uint64_t Low = 0; // a Key, without the four bytes that would pad it
    uint32_t High = 0;
    NodeId Id = None;
    Key key() const { return {Low, High}; }
  };
  static_assert(sizeof(Slot) == 16, "four to a cache line");
  /// The slot that a key is in, or would be put into.
  size_t slotOf(const Key &K) const {
    size_t At = K.Low & Mask;
    while (Slots[At].Id != None && !(Slots[At].key() == K))
      At = (At + 1) & Mask;
    return At;
  }
  void resize(size_t Size);

  static constexpr size_t FirstSize = 1 << 10;
  std::vector<Slot> Slots = std::vector<Slot>(FirstSize);
  size_t Mask = FirstSize - 1;
  size_t Count = 0;
};

} // namespace weir

#endif
