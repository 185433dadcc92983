/* The steps that all placement is made of: sizes, lists, and what the heap counts. All O(1), owner
 * only. */
#ifndef WEIR_PLACE_H
#define WEIR_PLACE_H

#include "deferred.h"
#include "freelist.h"
#include "tags.h"

WEIR_STEP void put_sizes(struct weir_base *base, uint32_t first, uint32_t granules) {
  weir_block_at(base, first)->size = (weir_link)granules;
  *weir_block_last_word(base, first + granules) = (weir_link)granules;
}

WEIR_STEP void zone_insert(const struct weir_heap *heap, struct weir_base *base, uint32_t first) {
  weir_freelist_insert(base, first, first >> heap->zone_shift, WEIR_BY_ZONE);
}

WEIR_STEP void zone_remove(const struct weir_heap *heap, struct weir_base *base, uint32_t first) {
  weir_freelist_remove(base, first, first >> heap->zone_shift, WEIR_BY_ZONE);
}

/* Put a free block into the lists that it belongs to: a single granule into none, one that is not
 * small into two. */
WEIR_STEP void list(const struct weir_heap *heap, struct weir_base *base, uint32_t first,
                    uint32_t granules) {
  if (granules > WEIR_SMALL_GRANULES) {
    weir_freelist_insert(base, first, weir_freelist_of_large(heap, granules), WEIR_BY_CLASS);
    zone_insert(heap, base, first);
  } else if (granules >= WEIR_BLOCK_MIN_GRANULES) {
    weir_freelist_insert(base, first, weir_freelist_of_small(granules), WEIR_BY_CLASS);
  }
}

WEIR_STEP void unlist(const struct weir_heap *heap, struct weir_base *base, uint32_t first,
                      uint32_t granules) {
  if (granules > WEIR_SMALL_GRANULES) {
    weir_freelist_remove(base, first, weir_freelist_of_large(heap, granules), WEIR_BY_CLASS);
    zone_remove(heap, base, first);
  } else if (granules >= WEIR_BLOCK_MIN_GRANULES) {
    weir_freelist_remove(base, first, weir_freelist_of_small(granules), WEIR_BY_CLASS);
  }
}

/* What happens to a block when it is handed out. */
WEIR_STEP void *make_live(struct weir_heap *heap, struct weir_base *base, uint32_t first,
                          uint32_t granules) {
  weir_tags_live(base, first, granules);
  heap->used += granules;
  void *pointer = weir_block_address(base, first);
  weir_seal_break(pointer);
  return pointer;
}

/* The peak is noted when it is over: that is rarer. */
WEIR_STEP void count_unused(struct weir_heap *heap, uint32_t granules) {
  uint32_t used = heap->used;
  uint32_t peak = heap->peak;
  if (used > peak)
    heap->peak = used;
  heap->used = used - granules;
}

#endif
