/* The short ways of the common cases, in a heap that is built for speed. They do what the general
 * way of core.c does, under the same rules: small requests are carved at the low end of a block,
 * large ones at the high end. All O(1), owner only. */
#ifndef WEIR_SHORTCUT_H
#define WEIR_SHORTCUT_H

#include "place.h"

/* Cut a small request from the low end of a small block, the first of its class. */
WEIR_STEP void carve_small(struct weir_base *base, uint32_t block, uint32_t list_of_block,
                           uint32_t granules) {
  uint32_t rest = list_of_block - weir_freelist_of_small(granules);
  uint32_t first = block + granules;
  weir_freelist_pop(base, block, list_of_block);
  if (rest == 0) {
    weir_tags_unfree(base, block, granules);
    return;
  }
  weir_tags_free_start(base, block, first);
  put_sizes(base, first, rest);
  if (rest >= WEIR_BLOCK_MIN_GRANULES)
    weir_freelist_insert(base, first, weir_freelist_of_small(rest), WEIR_BY_CLASS);
}

/* The same for a block that is not small, the first of its zone. What is left follows it in the
 * list of the zone, unless it is small or in another. */
WEIR_STEP void carve_low(const struct weir_heap *heap, struct weir_base *base, uint32_t block,
                         uint32_t zone, uint32_t granules) {
  uint32_t first = block + granules;
  uint32_t size = weir_block_at(base, block)->size;
  uint32_t rest = size - granules;
  weir_freelist_remove(base, block, weir_freelist_of_large(heap, size), WEIR_BY_CLASS);
  weir_tags_free_start(base, block, first);
  put_sizes(base, first, rest);
  if (rest <= WEIR_SMALL_GRANULES) {
    weir_freelist_zone_pop(base, block, zone);
    if (rest >= WEIR_BLOCK_MIN_GRANULES)
      weir_freelist_insert(base, first, weir_freelist_of_small(rest), WEIR_BY_CLASS);
    return;
  }
  if (first >> heap->zone_shift == zone) {
    weir_freelist_replace_first(base, block, zone, first);
  } else {
    weir_freelist_zone_pop(base, block, zone);
    zone_insert(heap, base, first);
  }
  weir_freelist_insert(base, first, weir_freelist_of_large(heap, rest), WEIR_BY_CLASS);
}

WEIR_STEP void *take_small(struct weir_heap *heap, struct weir_base *base, uint32_t granules) {
  uint32_t list_of_block = weir_freelist_for_small(base, granules);
  if (list_of_block == 32)
    return NULL;
  uint32_t block = *weir_freelist_head(base, list_of_block);
  if (list_of_block >= WEIR_ZONES)
    carve_small(base, block, list_of_block, granules);
  else
    carve_low(heap, base, block, list_of_block, granules);
  return make_live(heap, base, block, granules);
}

/* Take a block that is not small out of the list of its class. */
WEIR_STEP void unlist_large(struct weir_base *base, uint32_t block, uint32_t list, bool is_first) {
  if (is_first)
    weir_freelist_pop(base, block, list);
  else
    weir_freelist_remove(base, block, list, WEIR_BY_CLASS);
}

/* Cut the last granules off a free block that is not small, of the given list; where they start.
 * What remains keeps its start, and with it its place in the list of its zone; often its class as
 * well. */
WEIR_STEP uint32_t carve_high(const struct weir_heap *heap, struct weir_base *base, uint32_t block,
                              uint32_t list_of_block, uint32_t granules, bool is_first) {
  uint32_t size = weir_block_at(base, block)->size;
  uint32_t rest = size - granules;
  if (rest > WEIR_SMALL_GRANULES) {
    uint32_t list_of_rest = weir_freelist_by_size(rest);
    if (list_of_rest < list_of_block) { /* what stays in the top list may have a higher number */
      unlist_large(base, block, list_of_block, is_first);
      weir_freelist_insert(base, block, list_of_rest, WEIR_BY_CLASS);
    }
  } else {
    unlist_large(base, block, list_of_block, is_first);
    zone_remove(heap, base, block);
    if (rest >= WEIR_BLOCK_MIN_GRANULES)
      weir_freelist_insert(base, block, weir_freelist_of_small(rest), WEIR_BY_CLASS);
    if (rest == 0) {
      weir_tags_unfree(base, block, size);
      return block;
    }
  }
  weir_tags_free_end(base, block + size, block + rest);
  put_sizes(base, block, rest);
  return block + rest;
}

/* find() and a cut at the high end, for a large request of a class below the top one or that. */
WEIR_STEP void *take_large(struct weir_heap *heap, struct weir_base *base, uint32_t granules,
                           uint32_t list) {
  uint32_t mask = base->masks[list / 32] << list % 32;
  if (mask >> 31) {
    uint32_t block = *weir_freelist_head(base, list);
    WEIR_UNROLL_3
    for (int probe = 0; probe < WEIR_PROBES; probe++) {
      if (weir_block_at(base, block)->size >= granules)
        return make_live(heap, base, carve_high(heap, base, block, list, granules, false),
                         granules);
      block = weir_block_at(base, block)->links[WEIR_BY_CLASS].next;
      if (block == 0)
        break;
    }
  }
  list = weir_freelist_above(base, list, mask);
  uint32_t block = *weir_freelist_head(base, list);
  if (block == 0)
    return NULL;
  return make_live(heap, base, carve_high(heap, base, block, list, granules, true), granules);
}

/* What weir_run_release does. */
WEIR_STEP void release(const struct weir_heap *heap, struct weir_base *base, uint32_t first,
                       uint32_t granules) {
  uint32_t end = first + granules;
  if (weir_tags_free_at(base, end)) {
    uint32_t next = weir_block_at(base, end)->size;
    granules += next;
    weir_tags_not_an_end(base, end);
    unlist(heap, base, end, next);
  }
  if (weir_tags_free_at(base, first - 1)) {
    uint32_t before = *weir_block_last_word(base, first);
    weir_tags_not_an_end(base, first - 1);
    first -= before;
    granules += before;
    if (before > WEIR_SMALL_GRANULES) {
      /* It is in the list of its zone already, and often in that of its class. */
      uint32_t list_before = weir_freelist_of_large(heap, before);
      uint32_t list_now = weir_freelist_of_large(heap, granules);
      if (list_now != list_before) {
        weir_freelist_remove(base, first, list_before, WEIR_BY_CLASS);
        weir_freelist_insert(base, first, list_now, WEIR_BY_CLASS);
      }
      put_sizes(base, first, granules);
      weir_tags_free(base, first, granules);
      return;
    }
    if (before >= WEIR_BLOCK_MIN_GRANULES)
      weir_freelist_remove(base, first, weir_freelist_of_small(before), WEIR_BY_CLASS);
  }
  put_sizes(base, first, granules);
  weir_tags_free(base, first, granules);
  list(heap, base, first, granules);
}

#endif
