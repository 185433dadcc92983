/* Quick lists: small blocks that were freed and are kept as they are, by size, for the next request
 * of that very size, a bounded part of the heap at most. They are part of what is deferred: tagged
 * as live, sealed, counted as pending, and drained before anybody is refused. A block that goes
 * round this way is neither merged nor cut. None is kept while somebody waits or beside further
 * regions.
 *
 *   freed in any context -> deferred list -+-> drained: merged with its neighbours
 *                                          \-> quick list of its size -> live again
 *   freed by the owner --------------------/
 *
 * Owner only. Weinstock and Wulf, "Quick Fit: An Efficient Algorithm for Heap Storage Allocation",
 * SIGPLAN Notices 23(10), 1988. */
#ifndef WEIR_QUICK_H
#define WEIR_QUICK_H

#include "block.h"
#include "seal.h"

#if WEIR_QUICK

/* The granules that are kept at most. */
static inline uint32_t weir_quick_share(const struct weir_heap *heap) {
  return heap->end >> WEIR_QUICK_SHARE_LOG2;
}

/* Nothing is kept yet. */
static inline void weir_quick_start(struct weir_heap *heap) {
  heap->base->quick.room = weir_quick_share(heap);
}

/* How many are. */
static inline uint32_t weir_quick_granules(const struct weir_heap *heap) {
  return weir_quick_share(heap) - heap->base->quick.room;
}

static inline bool weir_quick_any(const struct weir_heap *heap) {
  return weir_quick_granules(heap) != 0;
}

/* Take a block of so many granules, WEIR_QUICK_GRANULES at most, or NULL when none is kept. O(1).
 */
WEIR_STEP struct weir_pending *weir_quick_pop(struct weir_heap *heap, size_t granules) {
  struct weir_quick *quick = &heap->base->quick;
  struct weir_pending *node = quick->heads[granules];
  if (node == NULL)
    return NULL;
  if (!weir_seal_holds(node)) {
    quick->heads[granules] = NULL; /* as in the deferred list: the rest of it is lost */
    weir_fatal(WEIR_FATAL_WRITE_AFTER_FREE, node);
  }
  quick->heads[granules] = node->next;
  quick->room += (uint32_t)granules;
  return node;
}

/* Let a kept block of the very size of a request live again; NULL when there is none. Owner only,
 * O(1). */
WEIR_STEP void *weir_quick_take(struct weir_heap *heap, size_t size, size_t align) {
  if (size > WEIR_QUICK_BYTES || align - 1 >= WEIR_HEAP_GRANULE)
    return NULL;
  void *pointer = weir_quick_pop(heap, weir_block_granules_small(size));
  if (pointer != NULL)
    weir_seal_break(pointer);
  return pointer;
}

static inline bool weir_quick_has_room(const struct weir_heap *heap, size_t granules) {
  return heap->base->quick.room >= granules;
}

/* Keep a block of so many granules, WEIR_QUICK_GRANULES at most; there is room. O(1). */
WEIR_STEP void weir_quick_put(struct weir_heap *heap, struct weir_pending *node, size_t granules) {
  struct weir_quick *quick = &heap->base->quick;
  node->granules = (uint32_t)granules;
  weir_seal_link(node, quick->heads[granules], weir_seal_base(node));
  quick->heads[granules] = node;
  quick->room -= (uint32_t)granules;
}

/* Keep a block whose `granules` is set; false when it is not one to keep. O(1). */
WEIR_STEP bool weir_quick_keep(struct weir_heap *heap, struct weir_pending *node) {
  uint32_t granules = node->granules;
  if (granules > WEIR_QUICK_GRANULES || !weir_quick_has_room(heap, granules))
    return false;
  weir_quick_put(heap, node, granules);
  return true;
}

/* Take any block that is kept, or NULL. O(sizes that are kept). */
static inline struct weir_pending *weir_quick_pop_any(struct weir_heap *heap) {
  struct weir_pending *node = NULL;
  if (!weir_quick_any(heap))
    return NULL;
  for (uint32_t granules = WEIR_BLOCK_MIN_GRANULES; granules <= WEIR_QUICK_GRANULES; granules++) {
    node = weir_quick_pop(heap, granules);
    if (node != NULL)
      return node;
  }
  heap->base->quick.room = weir_quick_share(heap); /* some were lost */
  return NULL;
}

#else

static inline void weir_quick_start(const struct weir_heap *heap) { (void)heap; }

static inline uint32_t weir_quick_granules(const struct weir_heap *heap) {
  (void)heap;
  return 0;
}

static inline bool weir_quick_any(const struct weir_heap *heap) {
  (void)heap;
  return false;
}

static inline struct weir_pending *weir_quick_pop_any(struct weir_heap *heap) {
  (void)heap;
  return NULL;
}

static inline void *weir_quick_take(struct weir_heap *heap, size_t size, size_t align) {
  (void)heap, (void)size, (void)align;
  return NULL;
}

static inline bool weir_quick_has_room(const struct weir_heap *heap, size_t granules) {
  (void)heap, (void)granules;
  return false;
}

static inline void weir_quick_put(struct weir_heap *heap, struct weir_pending *node,
                                  size_t granules) {
  (void)heap, (void)node, (void)granules;
}

static inline bool weir_quick_keep(struct weir_heap *heap, const struct weir_pending *node) {
  (void)heap, (void)node;
  return false;
}

#endif
#endif
