/* What lies at a heap's base, and what a free block looks like. A block is named by the index of
 * its first granule from the base. Index 0 is a block that nobody gets: a link to nowhere names it,
 * and what is written through such a link lands there, so that lists need no test for their end.
 *
 *   | size | next | prev | zone next | zone prev | ...                      | size |
 *   \---- 2 granules or more ----/\-- when not small --/                    ^ the last word
 *
 * next and prev link the list of the block's class; a single free granule has the size words only
 * and is in no list. */
#ifndef WEIR_BLOCK_H
#define WEIR_BLOCK_H

#include "config.h"

struct __attribute__((may_alias)) weir_links {
  weir_link next;
  weir_link prev;
};

/* Which of a block's two pairs of links. */
enum { WEIR_BY_CLASS, WEIR_BY_ZONE };

struct __attribute__((may_alias)) weir_free_block {
  weir_link size;
  struct weir_links links[2];
};

#if WEIR_QUICK
/* Blocks that are kept by size, see quick.h. */
struct weir_quick {
  uint32_t room; /* for so many granules more */
  struct weir_pending *heads[WEIR_QUICK_GRANULES + 1];
};
#endif

/* Everything but the list heads, which lie below it: their number depends on the arena's size. */
struct weir_base {
  struct weir_free_block nowhere;
  uint32_t masks[WEIR_MASK_WORDS]; /* which lists hold a block */
#if WEIR_QUICK
  struct weir_quick quick;
#endif
  WEIR_SHARED uint32_t tags[]; /* what lives and what is free, see tags.h */
};

_Static_assert(4 * sizeof(weir_link) <= WEIR_HEAP_BLOCK_MIN,
               "a smallest block holds its list links");
_Static_assert(2 * sizeof(weir_link) <= WEIR_HEAP_GRANULE, "a granule holds both size words");

/* A word of which only one bit is set, counted from the highest: then the lowest number in a word
 * is found by counting leading zeros. */
static inline uint32_t weir_bit(uint32_t number) {
#ifdef __thumb2__
  /* A rotation takes its distance modulo 32; compilers reduce it all the same. */
  uint32_t bit;
  __asm__("ror %0, %1, %2" : "=r"(bit) : "r"(UINT32_C(1) << 31), "r"(number));
  return bit;
#else
  return UINT32_C(1) << 31 >> number % 32;
#endif
}

static inline void *weir_block_address(struct weir_base *base, uint32_t index) {
  return (unsigned char *)base + (size_t)index * WEIR_HEAP_GRANULE;
}

static inline struct weir_free_block *weir_block_at(struct weir_base *base, uint32_t index) {
  return weir_block_address(base, index);
}

static inline uint32_t weir_block_index(const struct weir_base *base, const void *pointer) {
  return (uint32_t)((uintptr_t)pointer - (uintptr_t)base) / WEIR_HEAP_GRANULE;
}

/* The last size word of the free block that ends where `end` starts. */
static inline weir_link *weir_block_last_word(struct weir_base *base, uint32_t end) {
  return (weir_link *)weir_block_address(base, end) - 1;
}

/* The granules of a block for `size` bytes, unchecked. */
static inline uint32_t weir_block_granules_small(size_t size) {
  return size <= WEIR_HEAP_BLOCK_MIN
             ? WEIR_BLOCK_MIN_GRANULES
             : (uint32_t)((size + WEIR_HEAP_GRANULE - 1) / WEIR_HEAP_GRANULE);
}

/* The same where a size may be too large for any heap; neither sums nor casts run over. */
static inline size_t weir_block_granules_any(size_t size) {
  return ((size < WEIR_HEAP_BLOCK_MIN ? WEIR_HEAP_BLOCK_MIN : size) - 1) / WEIR_HEAP_GRANULE + 1;
}

/* The same; 0 when no block of this heap is that large. */
static inline uint32_t weir_block_granules(const struct weir_heap *heap, size_t size) {
  if (size > (size_t)(heap->end - heap->first) * WEIR_HEAP_GRANULE)
    return 0;
  return weir_block_granules_small(size);
}

#endif
