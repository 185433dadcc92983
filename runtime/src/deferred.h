/* The list of blocks that were freed and not yet drained: pushed from any context, taken by the
 * owner. A freed block is its own node.
 *
 *   | next | granules | seal |      12 bytes, 16 where pointers are 64 bits wide
 *
 *   state of a block | granules        | seal         | left by
 *   live             | the user's      | 0, then any  | weir_heap_free, any context
 *   pushed, taken    | the block's     | matches      | the drain, owner
 *   drained          | what the free lists write      | an allocation, owner
 *
 * The seal tells at the drain whether the node was written to, and at a free whether the block is a
 * node already. An allocation breaks it: a live block never has one that its user did not write.
 *
 * Pushing is a Treiber push and taking takes all, so no node is ever popped beside others that are
 * being pushed: no ABA. There is no order, and nobody waits for a push that was interrupted
 * half-way. */
#ifndef WEIR_DEFERRED_H
#define WEIR_DEFERRED_H

#include "config.h"

#include "weir/fatal.h"
#include "weir/port.h"

struct __attribute__((may_alias)) weir_pending {
  struct weir_pending *next;
  uint32_t granules;
  uint32_t seal; /* only with WEIR_CHECKS */
};

/* Put a node whose `granules` is set into the heap's list. Any context. */
void weir_deferred_push(struct weir_heap *heap, struct weir_pending *node);

/* Take everything that was pushed. Owner only. Sequentially consistent: the store to `waiting` and
 * the take that follows it must not change places. */
WEIR_STEP struct weir_pending *weir_deferred_take_all(struct weir_heap *heap) {
#if WEIR_HAS_COMPARE_AND_SWAP
  return atomic_exchange(&heap->pending, NULL);
#else
  weir_port_mask before = weir_port_critical_enter();
  struct weir_pending *all = weir_shared_peek(&heap->pending);
  weir_shared_poke(&heap->pending, NULL);
  weir_port_critical_leave(before);
  return all;
#endif
}

/* Whether a pop would give one. Owner only. */
static inline bool weir_deferred_any(const struct weir_heap *heap) {
  return heap->backlog != NULL || weir_shared_peek(&heap->pending) != NULL;
}

/* Whether a pop would give one, or somebody waits. Owner only. */
static inline bool weir_deferred_any_or_waiting(const struct weir_heap *heap) {
  return ((uintptr_t)heap->backlog | heap->held | (uintptr_t)weir_shared_peek(&heap->pending)) != 0;
}

/* The part of a node's seal that does not depend on its place in the list: worked out before the
 * push, which then adds `next` in one step. Any context. */
static inline uint32_t weir_deferred_seal_base(const struct weir_pending *node) {
  return (uint32_t)(uintptr_t)node ^ (node->granules >> 16 | node->granules << 16);
}

static inline uint32_t weir_deferred_seal_with(uint32_t base, const struct weir_pending *next) {
  uint64_t link = (uintptr_t)next;
  uint32_t high = (uint32_t)(link >> 32) * UINT32_C(0x85ebca6b); /* 0 where pointers are 32 bits */
  return base ^ (uint32_t)link ^ high;
}

/* What the seal of an untouched node is. Any context. */
static inline uint32_t weir_deferred_seal(const struct weir_pending *node) {
  return weir_deferred_seal_with(weir_deferred_seal_base(node), node->next);
}

/* Whether the block is in the list already. Any context. */
static inline bool weir_deferred_is_node(const void *block, uint32_t granules) {
  const struct weir_pending *node = block;
  return node->granules == granules && node->seal == weir_deferred_seal(node);
}

/* Make a block that is about to live look like no node. Owner only. */
static inline void weir_deferred_forget(void *block) {
#if WEIR_CHECKS
  struct weir_pending *node = block;
  node->seal = 0;
#else
  (void)block;
#endif
}

/* Take one node, or NULL when none is left. Owner only. */
WEIR_STEP struct weir_pending *weir_deferred_pop(struct weir_heap *heap) {
  struct weir_pending *node = heap->backlog;
  if (node == NULL) {
    node = weir_deferred_take_all(heap);
    if (node == NULL)
      return NULL;
  }
#if WEIR_CHECKS
  if (node->seal != weir_deferred_seal(node)) {
    /* Where its next pointer leads cannot be trusted: the rest of the list is lost, the heap whole.
     */
    heap->backlog = NULL;
    weir_fatal(WEIR_FATAL_WRITE_AFTER_FREE, node);
  }
#endif
  heap->backlog = node->next;
  return node;
}

#endif
