/* A free block, and how it is named: by the index of its first granule from the heap's base. Index
 * 0 is a block that nobody gets: a link to nowhere names it, and what is written through such a
 * link lands there, so that lists need no test for their end.
 *
 *   | size | next | prev | zone next | zone prev | ...                      | size |
 *   \---- 2 granules or more ----/\-- when not small --/                    ^ the last word
 *
 * next and prev link the list of the block's class; a single free granule has the size words only
 * and is in no list. */
#ifndef WEIR_BLOCK_H
#define WEIR_BLOCK_H

#include "config.h"

struct __attribute__((may_alias)) weir_free_block {
  weir_link size;
  weir_link next;
  weir_link prev;
  weir_link zone_next;
  weir_link zone_prev;
};

_Static_assert(4 * sizeof(weir_link) <= WEIR_HEAP_BLOCK_MIN,
               "a smallest block holds its list links");
_Static_assert(2 * sizeof(weir_link) <= WEIR_HEAP_GRANULE, "a granule holds both size words");

static inline void *weir_block_address(const struct weir_heap *heap, uint32_t index) {
  return heap->base + (size_t)index * WEIR_HEAP_GRANULE;
}

static inline struct weir_free_block *weir_block_at(const struct weir_heap *heap, uint32_t index) {
  return weir_block_address(heap, index);
}

static inline uint32_t weir_block_index(const struct weir_heap *heap, const void *pointer) {
  return (uint32_t)((uintptr_t)pointer - (uintptr_t)heap->base) / WEIR_HEAP_GRANULE;
}

/* The last size word of the free block that ends where `end` starts. */
static inline weir_link *weir_block_last_word(const struct weir_heap *heap, uint32_t end) {
  return (weir_link *)weir_block_address(heap, end) - 1;
}

/* The granules of a block for `size` bytes, unchecked. */
static inline uint32_t weir_block_granules_small(size_t size) {
  return size <= WEIR_HEAP_BLOCK_MIN
             ? WEIR_BLOCK_MIN_GRANULES
             : (uint32_t)((size + WEIR_HEAP_GRANULE - 1) / WEIR_HEAP_GRANULE);
}

/* The same for any size; 0 when no block of this heap is that large. */
static inline uint32_t weir_block_granules(const struct weir_heap *heap, size_t size) {
  if (size > (size_t)(heap->end - heap->first) * WEIR_HEAP_GRANULE)
    return 0;
  return weir_block_granules_small(size);
}

#endif
