#include "deferred.h"

#include "weir/fatal.h"
#include "weir/port.h"

_Static_assert(sizeof(struct weir_pending) <= WEIR_HEAP_BLOCK_MIN, "a smallest block is a node");

/* `base` is the node's seal_base. */
static inline void link_before(struct weir_pending *node, struct weir_pending *next,
                               uint32_t base) {
  node->next = next;
#if WEIR_CHECKS
  node->seal = weir_deferred_seal_with(base, next);
#else
  (void)base;
#endif
}

#if WEIR_HAS_COMPARE_AND_SWAP

/* Sequentially consistent: the push and the look at `waiting` that follows it must not change
 * places. */
void weir_deferred_push(struct weir_heap *heap, struct weir_pending *node) {
  uint32_t base = weir_deferred_seal_base(node);
  struct weir_pending *head = weir_shared_peek(&heap->pending);
  do
    link_before(node, head, base);
  while (!atomic_compare_exchange_weak_explicit(&heap->pending, &head, node, memory_order_seq_cst,
                                                memory_order_relaxed));
}

#else

/* No compare-and-swap on this core: a few instructions with interrupts masked. The load and the
 * store are each one step, and the mask makes them one together. */
void weir_deferred_push(struct weir_heap *heap, struct weir_pending *node) {
  uint32_t base = weir_deferred_seal_base(node);
  weir_port_mask before = weir_port_critical_enter();
  link_before(node, weir_shared_peek(&heap->pending), base);
  weir_shared_poke(&heap->pending, node);
  weir_port_critical_leave(before);
}

#endif
