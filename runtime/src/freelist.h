/* The lists of free blocks. Every free block of two granules or more is in the list of its class
 * (by size), and when it is not small also in the list of its zone (by place). All lists are last
 * in, first out, and doubly linked; every operation is O(1). Owner only. */
#ifndef WEIR_FREELIST_H
#define WEIR_FREELIST_H

#include "block.h"

/* The class of a free block. Small sizes have one each; above, an octave has eight classes.
 *
 *   granules  1 2 3 ... 16 | 17 | 18-19 | 20-21 | ... | 30-31 | 32-35 | 36-39 | ...
 *   class     0 1 2 ... 15 | 16 |  17   |  18   | ... |  23   |  24   |  25   | ...  */
uint32_t weir_freelist_class(uint32_t granules);

/* The list heads, zones before classes. */
static inline weir_link *weir_freelist_zone_head(const struct weir_heap *heap, uint32_t zone) {
  return (weir_link *)heap->heads + zone;
}

static inline weir_link *weir_freelist_class_head(const struct weir_heap *heap, uint32_t class) {
  return (weir_link *)heap->heads + WEIR_ZONES + class;
}

/* Put a free block into the list of its class, or take it out. */
void weir_freelist_insert(struct weir_heap *heap, uint32_t block, uint32_t granules);
void weir_freelist_remove(struct weir_heap *heap, uint32_t block, uint32_t granules);

/* Put a free block that is not small into the list of its zone, or take it out. */
void weir_freelist_zone_insert(struct weir_heap *heap, uint32_t block);
void weir_freelist_zone_remove(struct weir_heap *heap, uint32_t block);

/* A free block of at least so many granules, or 0; see freelist.c for which one. */
uint32_t weir_freelist_find_small(const struct weir_heap *heap, uint32_t granules);
uint32_t weir_freelist_find_large(const struct weir_heap *heap, uint32_t granules);

#endif
