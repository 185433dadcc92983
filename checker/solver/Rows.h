// Items sorted into rows by several threads (counting sort into compressed sparse rows).
//
// The work is cut into stripes. A thread counts the items that a stripe has for each row, sums over
// these counts tell where they go, and a thread puts them there. The items of a row are in the
// order of the stripes, whatever the threads do: the result is that of one thread.
#ifndef WEIR_SOLVER_ROWS_H
#define WEIR_SOLVER_ROWS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Parallel.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace weir {

/// One of the equal parts that some work is cut into.
struct Stripe {
  size_t Number;
  size_t Count;

  bool isLast() const { return Number + 1 == Count; }
  /// Its part of [0, Size).
  std::pair<uint32_t, uint32_t> of(size_t Size) const {
    return {static_cast<uint32_t>(Size * Number / Count),
            static_cast<uint32_t>(Size * (Number + 1) / Count)};
  }
};

/// How many stripes the sorting of so many items is worth. Each costs four bytes a row.
inline size_t stripesFor(size_t Items, size_t RowCount) {
  constexpr size_t Worth = 1 << 16, Most = 8;
  const size_t Threads = llvm::parallel::strategy.compute_thread_count();
  const size_t Stripes = std::min(Items / Worth, Items / std::max<size_t>(RowCount, 1));
  return std::clamp<size_t>(Stripes, 1, std::min(Threads, Most));
}

template <typename Item> class Rows {
public:
  Rows() = default;

  /// Visit(stripe, sink) calls sink(row, item) for each item of a stripe. It is called twice for
  /// each, on any thread, and must say the same both times.
  template <typename Visitor> Rows(size_t Count, size_t Stripes, Visitor Visit) {
    std::vector<std::vector<uint32_t>> Next(Stripes);
    llvm::parallelFor(0, Stripes, [&](size_t S) {
      std::vector<uint32_t> Counts(Count);
      Visit(Stripe{S, Stripes}, [&](uint32_t Row, const Item &) { ++Counts[Row]; });
      Next[S] = std::move(Counts);
    });
    Begin.resize(Count + 1);
    uint32_t At = 0;
    for (size_t Row = 0; Row < Count; ++Row) {
      Begin[Row] = At;
      for (std::vector<uint32_t> &Of : Next)
        At += std::exchange(Of[Row], At);
    }
    Begin[Count] = At;
    Items.resize_for_overwrite(At);
    llvm::parallelFor(0, Stripes, [&](size_t S) {
      std::vector<uint32_t> Place = std::move(Next[S]);
      Visit(Stripe{S, Stripes}, [&](uint32_t Row, const Item &Of) { Items[Place[Row]++] = Of; });
    });
  }

  size_t count() const { return Begin.size() - 1; }
  size_t itemCount() const { return Items.size(); }
  const Item &item(uint32_t Index) const { return Items[Index]; }
  /// The index of a row's first item.
  uint32_t first(uint32_t Row) const { return Begin[Row]; }
  llvm::ArrayRef<Item> operator[](uint32_t Row) const {
    return llvm::ArrayRef<Item>(Items).slice(Begin[Row], Begin[Row + 1] - Begin[Row]);
  }
  /// Brings near where a row begins, then the row: for who knows which ones come next.
  void prefetchBegin(uint32_t Row) const { __builtin_prefetch(&Begin[Row]); }
  void prefetchRow(uint32_t Row) const { __builtin_prefetch(Items.data() + Begin[Row]); }

private:
  std::vector<uint32_t> Begin = {0};
  llvm::SmallVector<Item, 0> Items;
};

} // namespace weir

#endif
