/* The further regions of a heap, as its own files see them: through calls that the first region
 * brings along, so that a heap without regions links none of them. Each region is a heap of its own
 * whose `more` is the next one, and on which nobody waits. */
#ifndef WEIR_REGION_H
#define WEIR_REGION_H

#include "weir/heap.h"

struct weir_region_calls {
  /* The one of them that a pointer is from, or the heap itself when it is from none. Any context.
   */
  struct weir_heap *(*of)(struct weir_heap *heap, const void *pointer);
  /* A block from the first that can, or NULL. Owner only, as are the next two. */
  void *(*take)(struct weir_region *first, size_t size, size_t align);
  /* Drain up to so many blocks of the heap or region and those that follow it; how many it were. */
  size_t (*drain)(struct weir_heap *first, size_t max_blocks);
  /* Whether there is anything to drain. */
  bool (*any)(const struct weir_region *first);
};

/* The heap, or the region of it, that a block is from. Any context. */
static inline struct weir_heap *weir_region_of(struct weir_heap *heap, const void *pointer) {
  return heap->more == NULL ? heap : heap->more->calls->of(heap, pointer);
}

#endif
