/* The lists of free blocks. Every free block of two granules or more is in the list of its class
 * (by size), and when it is not small also in the list of its zone (by place). All lists are last
 * in, first out, and doubly linked; every operation is O(1). Owner only. */
#ifndef WEIR_FREELIST_H
#define WEIR_FREELIST_H

#include "block.h"

#define WEIR_CLASSES_PER_OCTAVE_LOG2 3u
#define WEIR_SMALL_LOG2 4u
#define WEIR_PROBES 3

_Static_assert(1u << WEIR_SMALL_LOG2 == WEIR_SMALL_GRANULES, "octaves start above the small sizes");

/* The class of a free block. Small sizes have one each; above, an octave has eight classes.
 *
 *   granules  1 2 3 ... 16 | 17 | 18-19 | 20-21 | ... | 30-31 | 32-35 | 36-39 | ...
 *   class     0 1 2 ... 15 | 16 |  17   |  18   | ... |  23   |  24   |  25   | ...  */
WEIR_STEP uint32_t weir_freelist_class(uint32_t granules) {
  if (granules <= WEIR_SMALL_GRANULES)
    return granules - 1;
  uint32_t octave = 31 - (uint32_t)__builtin_clz(granules);
  uint32_t step = granules >> (octave - WEIR_CLASSES_PER_OCTAVE_LOG2);
  /* `step` still has its leading one, which is worth one octave. */
  return WEIR_SMALL_GRANULES + ((octave - WEIR_SMALL_LOG2 - 1) << WEIR_CLASSES_PER_OCTAVE_LOG2) +
         step;
}

static inline uint32_t weir_lowest_bit(uint32_t bits) { return (uint32_t)__builtin_ctz(bits); }

/* The list heads, zones before classes. */
static inline weir_link *weir_freelist_zone_head(const struct weir_heap *heap, uint32_t zone) {
  return (weir_link *)heap->heads + zone;
}

static inline weir_link *weir_freelist_class_head(const struct weir_heap *heap, uint32_t class) {
  return (weir_link *)heap->heads + WEIR_ZONES + class;
}

/* Put a free block into the list of its class. */
WEIR_STEP void weir_freelist_insert(struct weir_heap *heap, uint32_t block, uint32_t class) {
  weir_link *head = weir_freelist_class_head(heap, class);
  struct weir_free_block *links = weir_block_at(heap, block);
  uint32_t next = *head;
  links->next = (weir_link)next;
  links->prev = 0;
  weir_block_at(heap, next)->prev = (weir_link)block;
  *head = (weir_link)block;
  heap->class_masks[class / 32] |= UINT32_C(1) << class % 32;
}

/* Take a free block out of the list of its class. */
WEIR_STEP void weir_freelist_remove(struct weir_heap *heap, uint32_t block, uint32_t granules) {
  const struct weir_free_block *links = weir_block_at(heap, block);
  uint32_t next = links->next;
  uint32_t prev = links->prev;
  weir_block_at(heap, next)->prev = (weir_link)prev;
  if (prev != 0) {
    weir_block_at(heap, prev)->next = (weir_link)next;
    return;
  }
  uint32_t class = weir_freelist_class(granules);
  *weir_freelist_class_head(heap, class) = (weir_link)next;
  if (next == 0)
    heap->class_masks[class / 32] &= ~(UINT32_C(1) << class % 32);
}

/* Put a free block that is not small into the list of its zone, or take it out. */
WEIR_STEP void weir_freelist_zone_insert(struct weir_heap *heap, uint32_t block) {
  uint32_t zone = block >> heap->zone_shift;
  weir_link *head = weir_freelist_zone_head(heap, zone);
  struct weir_free_block *links = weir_block_at(heap, block);
  uint32_t next = *head;
  links->zone_next = (weir_link)next;
  links->zone_prev = 0;
  weir_block_at(heap, next)->zone_prev = (weir_link)block;
  *head = (weir_link)block;
  heap->zone_mask |= UINT32_C(1) << zone;
}

WEIR_STEP void weir_freelist_zone_remove(struct weir_heap *heap, uint32_t block) {
  const struct weir_free_block *links = weir_block_at(heap, block);
  uint32_t next = links->zone_next;
  uint32_t prev = links->zone_prev;
  weir_block_at(heap, next)->zone_prev = (weir_link)prev;
  if (prev != 0) {
    weir_block_at(heap, prev)->zone_next = (weir_link)next;
    return;
  }
  uint32_t zone = block >> heap->zone_shift;
  *weir_freelist_zone_head(heap, zone) = (weir_link)next;
  if (next == 0)
    heap->zone_mask &= ~(UINT32_C(1) << zone);
}

/* Snug, else low: the smallest small block that fits; else a block from the lowest zone that has
 * one, which is not small and so fits; else 0. Small requests that break a random large hole are
 * what fragments a mixed load; this keeps the damage in one place. */
WEIR_STEP uint32_t weir_freelist_find_small(const struct weir_heap *heap, uint32_t granules) {
  uint32_t exact = heap->class_masks[0] & ((UINT32_C(1) << WEIR_SMALL_GRANULES) - 1);
  exact = exact >> (granules - 1) << (granules - 1);
  if (exact != 0)
    return *weir_freelist_class_head(heap, weir_lowest_bit(exact));
  if (heap->zone_mask != 0)
    return *weir_freelist_zone_head(heap, weir_lowest_bit(heap->zone_mask));
  return 0;
}

/* The first that fits among the first few of the request's own class; else any block of the next
 * class that has one; else 0. Longer probing was simulated and does not help. */
WEIR_STEP uint32_t weir_freelist_find_large(const struct weir_heap *heap, uint32_t granules) {
  uint32_t class = weir_freelist_class(granules);
  uint32_t block = *weir_freelist_class_head(heap, class);
  for (int probe = 0; probe < WEIR_PROBES && block != 0; probe++) {
    const struct weir_free_block *links = weir_block_at(heap, block);
    if (links->size >= granules)
      return block;
    block = links->next;
  }
  /* There is a class after that of the longest request: see lay_out in heap.c. */
  class++;
  uint32_t word = class / 32;
  uint32_t mask = heap->class_masks[word] >> class % 32 << class % 32;
  while (mask == 0) {
    if (++word == heap->class_words)
      return 0;
    mask = heap->class_masks[word];
  }
  return *weir_freelist_class_head(heap, word * 32 + weir_lowest_bit(mask));
}

#endif
