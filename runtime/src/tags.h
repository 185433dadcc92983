/* The tags: one bitmap outside the blocks that tells, from an address and a size alone, whether the
 * neighbours of a block are free; with WEIR_CHECKS also whether a live block starts somewhere and
 * how long it is. All operations are O(1), the owner writes.
 *
 * With WEIR_CHECKS, a bit for every granule. A free granule is 0. A live block of n granules is
 *
 *      n = 2: 11     n = 3: 101     n = 4: 1001     and so on
 *
 * so no live block's code is the start of another's, and the code lies in the block's own bits:
 * other blocks come and go without touching it. That is why weir_tags_describe may run in an
 * interrupt of the owner. It reads three words at most, so two mistakes escape it: a size too
 * large, of a block above 256 bytes, that ends exactly where some live block starts or ends; and a
 * pointer to a block's last granule with a size that ends exactly where the next live one starts or
 * ends.
 *
 * Without, a bit for every two granules, 1 when a free block's first or last granule is among the
 * two. It is never unclear which of the two is meant: a live block has two granules or more, so the
 * other one is the asking block's own, or belongs to the same neighbour. */
#ifndef WEIR_TAGS_H
#define WEIR_TAGS_H

#include "config.h"

static inline uint32_t weir_tags_word(const struct weir_heap *heap, uint32_t word) {
  return weir_shared_peek(&heap->tags[word]);
}

static inline void weir_tags_put_word(const struct weir_heap *heap, uint32_t word, uint32_t bits) {
  weir_shared_poke(&heap->tags[word], bits);
}

static inline void weir_tags_set(const struct weir_heap *heap, uint32_t bit) {
  weir_tags_put_word(heap, bit / 32, weir_tags_word(heap, bit / 32) | UINT32_C(1) << bit % 32);
}

static inline void weir_tags_clear(const struct weir_heap *heap, uint32_t bit) {
  weir_tags_put_word(heap, bit / 32, weir_tags_word(heap, bit / 32) & ~(UINT32_C(1) << bit % 32));
}

static inline bool weir_tags_get(const struct weir_heap *heap, uint32_t bit) {
  uint32_t word = weir_tags_word(heap, bit / 32);
  /* A rotation: it takes its distance modulo 32. */
  return (word >> bit % 32 | word << (32 - bit % 32) % 32) & 1;
}

#if WEIR_CHECKS

static inline uint32_t weir_tags_words(uint32_t granules) { return granules / 32 + 1; }

/* Nothing beyond the blocks is free: neither what is before the first nor what is after the last.
 */
static inline void weir_tags_fence(const struct weir_heap *heap) {
  weir_tags_set(heap, heap->first - 1);
  weir_tags_set(heap, heap->end);
}

static inline bool weir_tags_free_at(const struct weir_heap *heap, uint32_t granule) {
  return !weir_tags_get(heap, granule);
}

static inline void weir_tags_live(const struct weir_heap *heap, uint32_t first, uint32_t granules) {
  weir_tags_set(heap, first);
  weir_tags_set(heap, first + granules - 1);
}

static inline void weir_tags_dead(const struct weir_heap *heap, uint32_t first, uint32_t granules) {
  weir_tags_clear(heap, first);
  weir_tags_clear(heap, first + granules - 1);
}

/* Whether the bits from `first` on are those of a live block of `granules`, two or more. */
static inline bool weir_tags_describe(const struct weir_heap *heap, uint32_t first,
                                      uint32_t granules) {
  uint32_t last = first + granules - 1;
  uint32_t head = weir_tags_word(heap, first / 32) >> first % 32;
  uint32_t words = last / 32 - first / 32;
  if (words == 0) {
    uint32_t end = UINT32_C(1) << (granules - 1);
    return (head & (end | (end - 1))) == (end | 1);
  }
  uint32_t end = UINT32_C(1) << last % 32;
  if (head != 1 || (weir_tags_word(heap, last / 32) & (end | (end - 1))) != end)
    return false;
  return words == 1 || weir_tags_word(heap, first / 32 + 1) == 0;
}

static inline void weir_tags_free(const struct weir_heap *heap, uint32_t first, uint32_t granules) {
  (void)heap, (void)first, (void)granules;
}

static inline void weir_tags_unfree(const struct weir_heap *heap, uint32_t first,
                                    uint32_t granules) {
  (void)heap, (void)first, (void)granules;
}

static inline void weir_tags_not_an_end(const struct weir_heap *heap, uint32_t granule) {
  (void)heap, (void)granule;
}

static inline void weir_tags_free_start(const struct weir_heap *heap, uint32_t old_first,
                                        uint32_t new_first) {
  (void)heap, (void)old_first, (void)new_first;
}

static inline void weir_tags_free_end(const struct weir_heap *heap, uint32_t old_end,
                                      uint32_t new_end) {
  (void)heap, (void)old_end, (void)new_end;
}

#else

static inline uint32_t weir_tags_words(uint32_t granules) {
  return granules / WEIR_BLOCK_MIN_GRANULES / 32 + 1;
}

static inline void weir_tags_fence(const struct weir_heap *heap) { (void)heap; }

static inline bool weir_tags_free_at(const struct weir_heap *heap, uint32_t granule) {
  return weir_tags_get(heap, granule / WEIR_BLOCK_MIN_GRANULES);
}

static inline void weir_tags_live(const struct weir_heap *heap, uint32_t first, uint32_t granules) {
  (void)heap, (void)first, (void)granules;
}

static inline void weir_tags_dead(const struct weir_heap *heap, uint32_t first, uint32_t granules) {
  (void)heap, (void)first, (void)granules;
}

static inline void weir_tags_free(const struct weir_heap *heap, uint32_t first, uint32_t granules) {
  weir_tags_set(heap, first / WEIR_BLOCK_MIN_GRANULES);
  weir_tags_set(heap, (first + granules - 1) / WEIR_BLOCK_MIN_GRANULES);
}

static inline void weir_tags_unfree(const struct weir_heap *heap, uint32_t first,
                                    uint32_t granules) {
  weir_tags_clear(heap, first / WEIR_BLOCK_MIN_GRANULES);
  weir_tags_clear(heap, (first + granules - 1) / WEIR_BLOCK_MIN_GRANULES);
}

/* The first or last granule of a free block that is becoming part of a larger one, whose own ends
 * are tagged after. */
static inline void weir_tags_not_an_end(const struct weir_heap *heap, uint32_t granule) {
  weir_tags_clear(heap, granule / WEIR_BLOCK_MIN_GRANULES);
}

/* A free block of three granules or more loses two or more at its start, or at its end. */
static inline void weir_tags_free_start(const struct weir_heap *heap, uint32_t old_first,
                                        uint32_t new_first) {
  weir_tags_clear(heap, old_first / WEIR_BLOCK_MIN_GRANULES);
  weir_tags_set(heap, new_first / WEIR_BLOCK_MIN_GRANULES);
}

static inline void weir_tags_free_end(const struct weir_heap *heap, uint32_t old_end,
                                      uint32_t new_end) {
  weir_tags_clear(heap, (old_end - 1) / WEIR_BLOCK_MIN_GRANULES);
  weir_tags_set(heap, (new_end - 1) / WEIR_BLOCK_MIN_GRANULES);
}

#endif
#endif
