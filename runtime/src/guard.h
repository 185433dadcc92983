/* The look at a block and its layout before either is believed. */
#ifndef WEIR_GUARD_H
#define WEIR_GUARD_H

#include "block.h"

/* The granules of the block that starts at `pointer`. With WEIR_CHECKS, call weir_fatal unless a
 * live one of that layout does. Reads nothing but the heap's bounds, the block's own tags and the
 * block, so it may interrupt the owner anywhere. O(1). */
#if WEIR_CHECKS
uint32_t weir_guard_live(const struct weir_heap *heap, const void *pointer,
                         struct weir_layout layout);
#else
static inline uint32_t weir_guard_live(const struct weir_heap *heap, const void *pointer,
                                       struct weir_layout layout) {
  (void)heap, (void)pointer;
  return weir_block_granules_small(layout.size);
}
#endif

#endif
