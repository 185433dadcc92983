/* The look at a block and its layout before either is believed. */
#ifndef WEIR_GUARD_H
#define WEIR_GUARD_H

#include "config.h"

#if WEIR_CHECKS
/* Call weir_fatal unless a live block of that layout starts at `pointer`. Reads nothing but the
 * heap's bounds, the block's own tags and the block, so it may interrupt the owner anywhere. O(1).
 */
void weir_guard_live(const struct weir_heap *heap, const void *pointer, struct weir_layout layout);
#else
static inline void weir_guard_live(const struct weir_heap *heap, const void *pointer,
                                   struct weir_layout layout) {
  (void)heap, (void)pointer, (void)layout;
}
#endif

#endif
