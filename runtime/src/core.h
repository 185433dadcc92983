/* The heap's inside, for the layers of the runtime that serve those who wait. Owner only. */
#ifndef WEIR_CORE_H
#define WEIR_CORE_H

#include "weir/heap.h"

/* Place a block, or NULL. No drain, no policy, nobody served: what the waiting layer grants with.
 * O(regions). */
void *weir_core_take(struct weir_heap *heap, struct weir_layout layout);

/* The same in the heap's own arena. O(1). */
void *weir_core_take_here(struct weir_heap *heap, size_t size, size_t align);

/* Drain up to so many blocks of the heap's own arena; nobody is served. */
size_t weir_core_drain_here(struct weir_heap *heap, size_t max_blocks);

/* Take a block back at once, unchecked and undeferred; nobody is served. O(1). */
void weir_core_give(struct weir_heap *heap, void *pointer, struct weir_layout layout);

/* Say whether somebody waits. Called with true after the request is queued and BEFORE the last
 * drain that may report it pending: with weir_heap_free, which pushes and then looks, one of the
 * two sees the other. */
static inline void weir_core_set_waiting(struct weir_heap *heap, bool waiting) {
  heap->held = waiting;
  weir_shared_store(&heap->waiting, waiting);
}

/* Whether somebody waits. Owner only. */
static inline bool weir_core_waiting(const struct weir_heap *heap) { return heap->held != 0; }

/* Whether the heap has one arena, and nobody waits. Owner only. */
static inline bool weir_core_is_plain(const struct weir_heap *heap) {
  return (heap->held | (uintptr_t)heap->more) == 0;
}

#endif
