/* The lists of free blocks. Every free block of two granules or more is in the list of its class
 * (by size), and when it is not small also in the list of its zone (by place). All lists are last
 * in, first out, and doubly linked; every operation is O(1). Owner only. */
#ifndef WEIR_FREELIST_H
#define WEIR_FREELIST_H

#include "block.h"

#define WEIR_CLASSES_PER_OCTAVE_LOG2 3u
#define WEIR_SMALL_LOG2 4u
#define WEIR_PROBES 3

_Static_assert(WEIR_ZONES + WEIR_SMALL_GRANULES == 32, "zones and small classes share a word");
_Static_assert(1u << WEIR_SMALL_LOG2 == WEIR_SMALL_GRANULES, "octaves start above the small sizes");

/* Lists are numbered: sixteen zones, then the classes. Small sizes have a class each; above, an
 * octave has eight. The number is where the list's head is, and which bit of the masks tells
 * whether it holds a block.
 *
 *   granules    1  2  3 ... 16 | 17 | 18-19 | 20-21 | ... | 30-31 | 32-35 | 36-39 | ...
 *   list       16 17 18 ... 31 | 32 |  33   |  34   | ... |  39   |  40   |  41   | ...  */
WEIR_STEP uint32_t weir_freelist_of(uint32_t granules) {
  if (granules <= WEIR_SMALL_GRANULES)
    return WEIR_ZONES - 1 + granules;
  uint32_t octave = 31 - (uint32_t)__builtin_clz(granules);
  uint32_t step = granules >> (octave - WEIR_CLASSES_PER_OCTAVE_LOG2);
  /* 32 and (octave - 4) * 8 and what of `step` comes after its leading one. */
  return ((octave - 1) << WEIR_CLASSES_PER_OCTAVE_LOG2) + step;
}

WEIR_STEP uint32_t weir_freelist_of_small(uint32_t granules) { return WEIR_ZONES - 1 + granules; }

WEIR_STEP uint32_t weir_freelist_zone(const struct weir_heap *heap, uint32_t block) {
  return block >> heap->zone_shift;
}

static inline weir_link *weir_freelist_head(const struct weir_heap *heap, uint32_t list) {
  return (weir_link *)heap->heads + list;
}

/* The masks begin at their highest bit: the lowest list is found by counting leading zeros. A
 * rotation takes its distance modulo 32, so that a list's number needs no reduction. */
static inline uint32_t weir_freelist_bit(uint32_t list) {
  uint32_t first = UINT32_C(1) << 31;
  return first >> list % 32 | first << (32 - list % 32) % 32;
}

static inline uint32_t weir_freelist_lowest(uint32_t mask) { return (uint32_t)__builtin_clz(mask); }

/* The bits of the lists from `list` on, within its word. */
static inline uint32_t weir_freelist_from(uint32_t mask, uint32_t list) {
  return mask << list % 32 >> list % 32;
}

WEIR_STEP void weir_freelist_mark(const struct weir_heap *heap, uint32_t list) {
  heap->masks[list / 32] |= weir_freelist_bit(list);
}

WEIR_STEP void weir_freelist_unmark(const struct weir_heap *heap, uint32_t list) {
  heap->masks[list / 32] &= ~weir_freelist_bit(list);
}

static inline bool weir_freelist_marked(const struct weir_heap *heap, uint32_t list) {
  return (heap->masks[list / 32] & weir_freelist_bit(list)) != 0;
}

/* Put a free block into the list of its class. */
WEIR_STEP void weir_freelist_insert(const struct weir_heap *heap, uint32_t block, uint32_t list) {
  weir_link *head = weir_freelist_head(heap, list);
  struct weir_free_block *links = weir_block_at(heap, block);
  uint32_t next = *head;
  links->next = (weir_link)next;
  links->prev = 0;
  weir_block_at(heap, next)->prev = (weir_link)block;
  *head = (weir_link)block;
  weir_freelist_mark(heap, list);
}

/* Take a free block out of the list of its class. */
WEIR_STEP void weir_freelist_remove(const struct weir_heap *heap, uint32_t block, uint32_t list) {
  const struct weir_free_block *links = weir_block_at(heap, block);
  uint32_t next = links->next;
  uint32_t prev = links->prev;
  weir_block_at(heap, next)->prev = (weir_link)prev;
  if (prev != 0) {
    weir_block_at(heap, prev)->next = (weir_link)next;
    return;
  }
  *weir_freelist_head(heap, list) = (weir_link)next;
  if (next == 0)
    weir_freelist_unmark(heap, list);
}

/* The same for the first of the list. */
WEIR_STEP void weir_freelist_pop(const struct weir_heap *heap, uint32_t block, uint32_t list) {
  uint32_t next = weir_block_at(heap, block)->next;
  weir_block_at(heap, next)->prev = 0;
  *weir_freelist_head(heap, list) = (weir_link)next;
  if (next == 0)
    weir_freelist_unmark(heap, list);
}

/* Put a free block that is not small into the list of its zone, or take it out. */
WEIR_STEP void weir_freelist_zone_insert(const struct weir_heap *heap, uint32_t block) {
  uint32_t zone = weir_freelist_zone(heap, block);
  weir_link *head = weir_freelist_head(heap, zone);
  struct weir_free_block *links = weir_block_at(heap, block);
  uint32_t next = *head;
  links->zone_next = (weir_link)next;
  links->zone_prev = 0;
  weir_block_at(heap, next)->zone_prev = (weir_link)block;
  *head = (weir_link)block;
  heap->masks[0] |= weir_freelist_bit(zone);
}

WEIR_STEP void weir_freelist_zone_remove(const struct weir_heap *heap, uint32_t block) {
  const struct weir_free_block *links = weir_block_at(heap, block);
  uint32_t next = links->zone_next;
  uint32_t prev = links->zone_prev;
  weir_block_at(heap, next)->zone_prev = (weir_link)prev;
  if (prev != 0) {
    weir_block_at(heap, prev)->zone_next = (weir_link)next;
    return;
  }
  uint32_t zone = weir_freelist_zone(heap, block);
  *weir_freelist_head(heap, zone) = (weir_link)next;
  if (next == 0)
    heap->masks[0] &= ~weir_freelist_bit(zone);
}

/* The first block of a zone loses its first granules: what is left of it follows it in the list of
 * the zone, unless it is small or in another zone. */
WEIR_STEP void weir_freelist_zone_advance(const struct weir_heap *heap, uint32_t block,
                                          uint32_t rest, bool stays_large) {
  uint32_t zone = weir_freelist_zone(heap, block);
  if (!stays_large || weir_freelist_zone(heap, rest) != zone) {
    weir_freelist_zone_remove(heap, block);
    if (stays_large)
      weir_freelist_zone_insert(heap, rest);
    return;
  }
  uint32_t next = weir_block_at(heap, block)->zone_next;
  struct weir_free_block *links = weir_block_at(heap, rest);
  links->zone_next = (weir_link)next;
  links->zone_prev = 0;
  weir_block_at(heap, next)->zone_prev = (weir_link)rest;
  *weir_freelist_head(heap, zone) = (weir_link)rest;
}

/* A block of at least so many granules among the first few of a class, or 0. */
WEIR_STEP uint32_t weir_freelist_probe(const struct weir_heap *heap, uint32_t list,
                                       uint32_t granules) {
  uint32_t block = *weir_freelist_head(heap, list);
  WEIR_UNROLL_3
  for (int probe = 0; probe < WEIR_PROBES; probe++) {
    if (block == 0)
      break;
    const struct weir_free_block *links = weir_block_at(heap, block);
    if (links->size >= granules)
      return block;
    block = links->next;
  }
  return 0;
}

/* The first class above `list` that has a block; 0 when none has. */
WEIR_STEP uint32_t weir_freelist_above(const struct weir_heap *heap, uint32_t list) {
  list++;
  uint32_t word = list / 32;
  uint32_t mask = weir_freelist_from(heap->masks[word], list);
  while (mask == 0) {
    if (++word == heap->mask_words)
      return 0;
    mask = heap->masks[word];
  }
  return word * 32 + weir_freelist_lowest(mask);
}

#endif
