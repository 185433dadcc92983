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
 * interrupt of the owner. It looks at the first and the last 32 granules, so two mistakes escape
 * it: a size too large, of a block above 256 bytes, that ends with the first or the last granule of
 * a live block, before which for 248 bytes none starts or ends; and a pointer to a block's last
 * granule with a size that ends so, or within 256 bytes with the first granule of the next live one
 * or with the last of one that begins there.
 *
 * Without, a bit for every two granules, 1 when a free block's first or last granule is among the
 * two. It is never unclear which of the two is meant: a live block has two granules or more, so the
 * other one is the asking block's own, or belongs to the same neighbour. */
#ifndef WEIR_TAGS_H
#define WEIR_TAGS_H

#include "block.h"

/* The most granules of a short block: the bits of a window, so that one shows its whole code. */
#define WEIR_TAGS_SHORT 32u

static inline uint32_t weir_tags_word(const struct weir_base *base, uint32_t word) {
  return weir_shared_peek(&base->tags[word]);
}

static inline void weir_tags_set(struct weir_base *base, uint32_t tag) {
  uint32_t word = tag / 32;
  weir_shared_poke(&base->tags[word], weir_tags_word(base, word) | weir_bit(tag));
}

static inline void weir_tags_clear(struct weir_base *base, uint32_t tag) {
  uint32_t word = tag / 32;
  weir_shared_poke(&base->tags[word], weir_tags_word(base, word) & ~weir_bit(tag));
}

static inline bool weir_tags_get(const struct weir_base *base, uint32_t tag) {
  return (weir_tags_word(base, tag / 32) & weir_bit(tag)) != 0;
}

#if WEIR_CHECKS

/* One more than hold a tag: a window that starts in the last one reaches into the next. */
static inline uint32_t weir_tags_words(uint32_t granules) { return granules / 32 + 2; }

/* Nothing beyond the blocks is free: neither what is before the first nor what is after the last.
 */
static inline void weir_tags_fence(struct weir_base *base, uint32_t first, uint32_t end) {
  weir_tags_set(base, first - 1);
  weir_tags_set(base, end);
}

static inline bool weir_tags_free_at(const struct weir_base *base, uint32_t granule) {
  return !weir_tags_get(base, granule);
}

static inline void weir_tags_live(struct weir_base *base, uint32_t first, uint32_t granules) {
  weir_tags_set(base, first);
  weir_tags_set(base, first + granules - 1);
}

static inline void weir_tags_dead(struct weir_base *base, uint32_t first, uint32_t granules) {
  weir_tags_clear(base, first);
  weir_tags_clear(base, first + granules - 1);
}

/* The 32 bits from `first` on, which may lie in two words. */
static inline uint32_t weir_tags_window(const struct weir_base *base, uint32_t first) {
  uint32_t head = weir_tags_word(base, first / 32) << first % 32;
  uint32_t tail = weir_tags_word(base, first / 32 + 1) >> 1;
  return head | tail >> (31 - first % 32);
}

/* Whether the bits from `first` on are those of a live block of `granules`, two or more. */
static inline bool weir_tags_describe(const struct weir_base *base, uint32_t first,
                                      uint32_t granules) {
  uint32_t behind = weir_tags_window(base, first) ^ UINT32_C(1) << 31; /* the first bit is now 0 */
  if (granules <= WEIR_TAGS_SHORT)
    return behind >> (WEIR_TAGS_SHORT - granules) == 1;
  return behind == 0 && weir_tags_window(base, first + granules - WEIR_TAGS_SHORT) == 1;
}

/* The same of a short block, by the owner: nobody else writes tags, so that both words are read at
 * once where a register takes them, as memory like any other. */
static inline bool weir_tags_describe_short(const struct weir_base *base, size_t first,
                                            size_t granules) {
#if UINTPTR_MAX > UINT32_MAX
  typedef uint64_t __attribute__((may_alias, aligned(4))) two_words;
  uint64_t window = *(const volatile two_words *)&base->tags[first / 32];
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  window = window << 32 | window >> 32;
#endif
  window = window << first % 32 ^ UINT64_C(1) << 63;
  return window >> (64 - granules) == 1;
#else
  return weir_tags_describe(base, first, granules);
#endif
}

static inline void weir_tags_free(struct weir_base *base, uint32_t first, uint32_t granules) {
  (void)base, (void)first, (void)granules;
}

static inline void weir_tags_unfree(struct weir_base *base, uint32_t first, uint32_t granules) {
  (void)base, (void)first, (void)granules;
}

static inline void weir_tags_not_an_end(struct weir_base *base, uint32_t granule) {
  (void)base, (void)granule;
}

static inline void weir_tags_free_start(struct weir_base *base, uint32_t old_first,
                                        uint32_t new_first) {
  (void)base, (void)old_first, (void)new_first;
}

static inline void weir_tags_free_end(struct weir_base *base, uint32_t old_end, uint32_t new_end) {
  (void)base, (void)old_end, (void)new_end;
}

#else

static inline uint32_t weir_tags_words(uint32_t granules) {
  return granules / WEIR_BLOCK_MIN_GRANULES / 32 + 1;
}

static inline void weir_tags_fence(struct weir_base *base, uint32_t first, uint32_t end) {
  (void)base, (void)first, (void)end;
}

static inline bool weir_tags_free_at(const struct weir_base *base, uint32_t granule) {
  return weir_tags_get(base, granule / WEIR_BLOCK_MIN_GRANULES);
}

static inline void weir_tags_live(struct weir_base *base, uint32_t first, uint32_t granules) {
  (void)base, (void)first, (void)granules;
}

static inline void weir_tags_dead(struct weir_base *base, uint32_t first, uint32_t granules) {
  (void)base, (void)first, (void)granules;
}

static inline void weir_tags_free(struct weir_base *base, uint32_t first, uint32_t granules) {
  weir_tags_set(base, first / WEIR_BLOCK_MIN_GRANULES);
  weir_tags_set(base, (first + granules - 1) / WEIR_BLOCK_MIN_GRANULES);
}

static inline void weir_tags_unfree(struct weir_base *base, uint32_t first, uint32_t granules) {
  weir_tags_clear(base, first / WEIR_BLOCK_MIN_GRANULES);
  weir_tags_clear(base, (first + granules - 1) / WEIR_BLOCK_MIN_GRANULES);
}

/* The first or last granule of a free block that is becoming part of a larger one, whose own ends
 * are tagged after. */
static inline void weir_tags_not_an_end(struct weir_base *base, uint32_t granule) {
  weir_tags_clear(base, granule / WEIR_BLOCK_MIN_GRANULES);
}

/* A free block of three granules or more loses two or more at its start, or at its end. */
static inline void weir_tags_free_start(struct weir_base *base, uint32_t old_first,
                                        uint32_t new_first) {
  weir_tags_clear(base, old_first / WEIR_BLOCK_MIN_GRANULES);
  weir_tags_set(base, new_first / WEIR_BLOCK_MIN_GRANULES);
}

static inline void weir_tags_free_end(struct weir_base *base, uint32_t old_end, uint32_t new_end) {
  weir_tags_clear(base, (old_end - 1) / WEIR_BLOCK_MIN_GRANULES);
  weir_tags_set(base, (new_end - 1) / WEIR_BLOCK_MIN_GRANULES);
}

#endif
#endif
