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
 * octave has eight, up to a top class for all that is larger than a quarter of the heap. Not more
 * than three blocks can be in that at a time, so that looking at the first three is looking at all.
 * The number is where the list's head is, and which bit of the masks tells whether it holds a
 * block.
 *
 *   granules    1  2  3 ... 16 | 17 | 18-19 | 20-21 | ... | 30-31 | 32-35 | 36-39 | ...
 *   list       16 17 18 ... 31 | 32 |  33   |  34   | ... |  39   |  40   |  41   | ...
 *
 * The list after the top one is always empty and always marked: a search ends there at the latest,
 * and what it finds is block 0. */
WEIR_STEP uint32_t weir_freelist_by_size(uint32_t granules) {
  uint32_t zeros = (uint32_t)__builtin_clz(granules);
  uint32_t step = granules >> (31 - WEIR_CLASSES_PER_OCTAVE_LOG2 - zeros);
  /* 32 and (octave - 4) * 8 and what of `step` comes after its leading one. */
  return ((30 - zeros) << WEIR_CLASSES_PER_OCTAVE_LOG2) + step;
}

WEIR_STEP uint32_t weir_freelist_of_large(const struct weir_heap *heap, uint32_t granules) {
  uint32_t list = weir_freelist_by_size(granules);
  uint32_t top = heap->top_list;
  return list < top ? list : top;
}

WEIR_STEP uint32_t weir_freelist_of_small(uint32_t granules) { return WEIR_ZONES - 1 + granules; }

/* The heads go down from the third word of block 0, of which nobody reads or writes the first two.
 */
static inline weir_link *weir_freelist_head(struct weir_base *base, uint32_t list) {
  return (weir_link *)((unsigned char *)base - list * sizeof(weir_link)) + 1;
}

static inline bool weir_freelist_marked(const struct weir_base *base, uint32_t list) {
  return (base->masks[list / 32] & weir_bit(list)) != 0;
}

/* The lowest list in a mask that is not 0. */
static inline uint32_t weir_freelist_lowest(uint32_t mask) { return (uint32_t)__builtin_clz(mask); }

/* The bits of the lists from `list` on, within its word. */
static inline uint32_t weir_freelist_from(uint32_t mask, uint32_t list) {
  return mask << list % 32 >> list % 32;
}

/* Put a free block at the head of a list. `which` says of which kind it is. */
WEIR_STEP void weir_freelist_insert(struct weir_base *base, uint32_t block, uint32_t list,
                                    int which) {
  weir_link *head = weir_freelist_head(base, list);
  struct weir_links *links = &weir_block_at(base, block)->links[which];
  uint32_t next = *head;
  links->next = (weir_link)next;
  links->prev = 0;
  weir_block_at(base, next)->links[which].prev = (weir_link)block;
  *head = (weir_link)block;
  base->masks[list / 32] |= weir_bit(list);
}

/* The list begins with `next` from now on, which may be nothing. */
WEIR_STEP void weir_freelist_set_head(struct weir_base *base, uint32_t list, uint32_t next) {
  *weir_freelist_head(base, list) = (weir_link)next;
  if (next == 0)
    base->masks[list / 32] &= ~weir_bit(list);
}

/* Take a free block out of a list. */
WEIR_STEP void weir_freelist_remove(struct weir_base *base, uint32_t block, uint32_t list,
                                    int which) {
  const struct weir_links *links = &weir_block_at(base, block)->links[which];
  uint32_t next = links->next;
  uint32_t prev = links->prev;
  weir_block_at(base, next)->links[which].prev = (weir_link)prev;
  if (prev != 0)
    weir_block_at(base, prev)->links[which].next = (weir_link)next;
  else
    weir_freelist_set_head(base, list, next);
}

/* The same for the first of its class. */
WEIR_STEP void weir_freelist_pop(struct weir_base *base, uint32_t block, uint32_t list) {
  uint32_t next = weir_block_at(base, block)->links[WEIR_BY_CLASS].next;
  weir_block_at(base, next)->links[WEIR_BY_CLASS].prev = 0;
  weir_freelist_set_head(base, list, next);
}

/* The same for the first of its zone. */
WEIR_STEP void weir_freelist_zone_pop(struct weir_base *base, uint32_t block, uint32_t zone) {
  uint32_t next = weir_block_at(base, block)->links[WEIR_BY_ZONE].next;
  weir_block_at(base, next)->links[WEIR_BY_ZONE].prev = 0;
  weir_freelist_set_head(base, zone, next);
}

/* The first block of a zone becomes another one, in that zone too. */
WEIR_STEP void weir_freelist_replace_first(struct weir_base *base, uint32_t block, uint32_t zone,
                                           uint32_t by) {
  uint32_t next = weir_block_at(base, block)->links[WEIR_BY_ZONE].next;
  struct weir_links *links = &weir_block_at(base, by)->links[WEIR_BY_ZONE];
  links->next = (weir_link)next;
  links->prev = 0;
  weir_block_at(base, next)->links[WEIR_BY_ZONE].prev = (weir_link)by;
  *weir_freelist_head(base, zone) = (weir_link)by;
}

/* The list that a small request is served from, or 32 when none is. Snug, else low: the smallest
 * small class that fits, else the lowest zone that has a block, which is not small and so fits.
 * Small requests that break a random large hole are what fragments a mixed load; this keeps the
 * damage in one place. */
WEIR_STEP uint32_t weir_freelist_for_small(const struct weir_base *base, uint32_t granules) {
  uint32_t mask = base->masks[0];
  uint32_t fits = weir_freelist_from(mask, weir_freelist_of_small(granules));
  if (fits == 0)
    fits = mask >> WEIR_SMALL_GRANULES << WEIR_SMALL_GRANULES;
  return fits == 0 ? 32 : weir_freelist_lowest(fits);
}

/* The first class above one that has a block, or the one that never has. `mask` holds the bits of
 * the class and those above in its word, its own the highest. */
WEIR_STEP uint32_t weir_freelist_above(const struct weir_base *base, uint32_t list, uint32_t mask) {
  mask <<= 1;
  if (mask != 0)
    return list + 1 + weir_freelist_lowest(mask);
  const uint32_t *word = &base->masks[list / 32];
  do
    mask = *++word;
  while (mask == 0);
  return (uint32_t)(word - base->masks) * 32 + weir_freelist_lowest(mask);
}

/* The longest free blocks are in the highest list that holds any; above it there is only the one
 * that is always marked. 0 when nothing is free. */
static inline uint32_t weir_freelist_highest(const struct weir_base *base) {
  uint32_t word = WEIR_MASK_WORDS;
  while (base->masks[word - 1] == 0)
    word--;
  uint32_t mask = base->masks[word - 1] & (base->masks[word - 1] - 1);
  while (mask == 0 && word > 1)
    mask = base->masks[--word - 1];
  return mask == 0 ? 0 : word * 32 - 1 - (uint32_t)__builtin_ctz(mask);
}

/* More granules than any free block has, by an eighth at most unless it is a quarter of the heap;
 * 0 when none of two granules is free. O(1). */
static inline uint32_t weir_freelist_room(const struct weir_heap *heap) {
  uint32_t list = weir_freelist_highest(heap->base);
  if (list < WEIR_ZONES + WEIR_SMALL_GRANULES)
    return list == 0 ? 0 : list - WEIR_ZONES + 2;
  if (list == heap->top_list)
    return heap->end;
  uint32_t octave = list >> WEIR_CLASSES_PER_OCTAVE_LOG2;
  uint32_t step = list % (1u << WEIR_CLASSES_PER_OCTAVE_LOG2) + 1;
  return ((1u << WEIR_CLASSES_PER_OCTAVE_LOG2) + step) << (octave - WEIR_CLASSES_PER_OCTAVE_LOG2);
}

#endif
