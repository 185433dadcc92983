// Rows of many stripes are those of one.

#include "solver/Rows.h"

#include <gtest/gtest.h>

#include <random>

using namespace weir;

namespace {

using Pairs = std::vector<std::pair<uint32_t, uint32_t>>; // row and item

Pairs randomPairs(size_t RowCount, size_t Size, unsigned Seed) {
  std::mt19937 Random(Seed);
  Pairs All;
  for (uint32_t I = 0; I < Size; ++I)
    All.emplace_back(static_cast<uint32_t>(Random() % RowCount), I);
  return All;
}

Rows<uint32_t> rowsOf(const Pairs &All, size_t RowCount, size_t Stripes) {
  return Rows<uint32_t>(RowCount, Stripes, [&](Stripe Part, auto Sink) {
    const auto [First, End] = Part.of(All.size());
    for (size_t I = First; I < End; ++I)
      Sink(All[I].first, All[I].second);
  });
}

TEST(Rows, AreSortedAndKeepTheOrderOfTheWorkWhateverTheStripes) {
  for (size_t RowCount : {1, 7, 1000})
    for (size_t Size : {0, 1, 5, 3000}) {
      const Pairs All = randomPairs(RowCount, Size, static_cast<unsigned>(RowCount + Size));
      std::vector<std::vector<uint32_t>> Expected(RowCount);
      for (auto [Row, Item] : All)
        Expected[Row].push_back(Item);
      for (size_t Stripes : {1, 2, 3, 8}) {
        const Rows<uint32_t> Found = rowsOf(All, RowCount, Stripes);
        ASSERT_EQ(Found.count(), RowCount);
        ASSERT_EQ(Found.itemCount(), Size);
        uint32_t At = 0;
        for (uint32_t Row = 0; Row < RowCount; ++Row) {
          ASSERT_EQ(Found[Row].vec(), Expected[Row]);
          ASSERT_EQ(Found.first(Row), At);
          for (uint32_t Item : Found[Row])
            ASSERT_EQ(Found.item(At++), Item);
        }
      }
    }
}

TEST(Rows, WithoutRowsHoldNothing) {
  EXPECT_EQ(Rows<uint32_t>().count(), 0u);
  EXPECT_EQ(rowsOf({}, 0, 2).itemCount(), 0u);
}

TEST(Rows, StripesCoverTheWorkOnce) {
  for (size_t Size : {0, 1, 2, 10, 1000003})
    for (size_t Count : {1, 2, 3, 8}) {
      uint32_t At = 0;
      for (size_t Number = 0; Number < Count; ++Number) {
        const auto [First, End] = Stripe{Number, Count}.of(Size);
        EXPECT_EQ(First, At);
        At = End;
      }
      EXPECT_EQ(At, Size);
      EXPECT_TRUE((Stripe{Count - 1, Count}.isLast()));
    }
}

TEST(Rows, LittleWorkIsNotCut) {
  EXPECT_EQ(stripesFor(0, 0), 1u);
  EXPECT_EQ(stripesFor(1000, 10), 1u);
  EXPECT_EQ(stripesFor(1'000'000, 2'000'000), 1u); // the counts would cost more than the work
  EXPECT_LE(stripesFor(100'000'000, 1'000'000), 8u);
}

} // namespace
