/* The list of blocks that were freed and not yet drained: pushed from any context, taken by the
 * owner. A freed block is its own node, see seal.h.
 *
 * Pushing is a Treiber push and taking takes all, so no node is ever popped beside others that are
 * being pushed: no ABA. There is no order, and nobody waits for a push that was interrupted
 * half-way. */
#ifndef WEIR_DEFERRED_H
#define WEIR_DEFERRED_H

#include "quick.h"
#include "seal.h"

#include "weir/port.h"

/* Put a node whose `granules` is set into the heap's list. Any context. Sequentially consistent:
 * the push and the look at `waiting` that follows it must not change places. Without compare and
 * swap it takes a few instructions with interrupts masked: the load and the store are each one
 * step, and the mask makes them one together. */
WEIR_STEP void weir_deferred_push(struct weir_heap *heap, struct weir_pending *node) {
  uint32_t base = weir_seal_base(node);
#if WEIR_HAS_COMPARE_AND_SWAP
  struct weir_pending *head = weir_shared_peek(&heap->pending);
  do
    weir_seal_link(node, head, base);
  while (!atomic_compare_exchange_weak_explicit(&heap->pending, &head, node, memory_order_seq_cst,
                                                memory_order_relaxed));
#else
  weir_port_mask before = weir_port_critical_enter();
  weir_seal_link(node, weir_shared_peek(&heap->pending), base);
  weir_shared_poke(&heap->pending, node);
  weir_port_critical_leave(before);
#endif
}

/* The same by the owner, who needs neither compare and swap nor a masked section. Nobody waits. */
WEIR_STEP void weir_deferred_put(struct weir_heap *heap, struct weir_pending *node) {
  weir_seal_link(node, heap->backlog, weir_seal_base(node));
  heap->backlog = node;
}

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

/* Whether weir_deferred_pop would give one. Owner only. */
static inline bool weir_deferred_any(const struct weir_heap *heap) {
  return heap->backlog != NULL || weir_shared_peek(&heap->pending) != NULL || weir_quick_any(heap);
}

/* Whether there is a block that is not kept in a quick list, or somebody waits. Owner only. */
static inline bool weir_deferred_unsorted_or_waiting(const struct weir_heap *heap) {
  return ((uintptr_t)heap->backlog | heap->held | (uintptr_t)weir_shared_peek(&heap->pending)) != 0;
}

/* Take one node of those that are not kept, or NULL when none is left. Owner only. */
WEIR_STEP struct weir_pending *weir_deferred_pop_unsorted(struct weir_heap *heap) {
  struct weir_pending *node = heap->backlog;
  if (node == NULL) {
    node = weir_deferred_take_all(heap);
    if (node == NULL)
      return NULL;
  }
  if (!weir_seal_holds(node)) {
    /* Where its next pointer leads cannot be trusted: the rest of the list is lost, the heap whole.
     */
    heap->backlog = NULL;
    weir_fatal(WEIR_FATAL_WRITE_AFTER_FREE, node);
  }
  heap->backlog = node->next;
  return node;
}

/* Take one node, or NULL when none is left. Owner only. */
WEIR_STEP struct weir_pending *weir_deferred_pop(struct weir_heap *heap) {
  struct weir_pending *node = weir_deferred_pop_unsorted(heap);
  return node != NULL ? node : weir_quick_pop_any(heap);
}

#endif
