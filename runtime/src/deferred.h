/* The list of blocks that were freed and not yet drained: pushed from any context, taken by the
 * owner. A freed block is its own node.
 *
 *   | next | granules | seal |      12 bytes, 16 where pointers are 64 bits wide
 *
 *   state of a block | next, granules | seal         | left by
 *   live             | the user's     | the user's   | weir_heap_free, any context
 *   pushed, taken    | the list's     | matches both | the drain, owner
 *   drained          | a free block's | broken       | an allocation
 *
 * Pushing is a Treiber push and taking takes all, so no node is ever popped beside others that are
 * being pushed: no ABA. There is no order, and nobody waits for a push that was interrupted
 * half-way. */
#ifndef WEIR_DEFERRED_H
#define WEIR_DEFERRED_H

#include "config.h"

struct __attribute__((may_alias)) weir_pending {
  struct weir_pending *next;
  uint32_t granules;
  uint32_t seal; /* only with WEIR_CHECKS */
};

/* Put a node whose `granules` is set into the heap's list. Any context. */
void weir_deferred_push(struct weir_heap *heap, struct weir_pending *node);

/* Take one node, or NULL when none is left. Owner only. */
struct weir_pending *weir_deferred_pop(struct weir_heap *heap);

/* Whether a pop would give one. Owner only. */
static inline bool weir_deferred_any(const struct weir_heap *heap) {
  return heap->backlog != NULL ||
         atomic_load_explicit(&heap->pending, memory_order_relaxed) != NULL;
}

/* What the seal of an untouched node is. Any context. */
static inline uint32_t weir_deferred_seal(const struct weir_pending *node) {
  return ((uint32_t)(uintptr_t)node->next ^ (uint32_t)(uintptr_t)node) +
         node->granules * UINT32_C(0x9e3779b1);
}

#endif
