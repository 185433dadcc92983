/* The queue of those who wait, for the futures that put a waiter on it. Owner only. */
#ifndef WEIR_SRC_WAITERS_H
#define WEIR_SRC_WAITERS_H

#include <stdbool.h>

#include "weir/heap.h"
#include "weir/waiters.h"

/* Notes what is asked for and whom to wake. The alignment is a power of two. O(1). */
static inline void weir_waiters_describe(struct weir_waiter *waiter, struct weir_layout layout,
                                         const struct weir_waker *waker) {
  waiter->waker = waker;
  waiter->size = layout.size;
  waiter->align_log2 = (unsigned char)__builtin_ctzl(layout.align);
}

/* Puts a described request on the queue, as the youngest, in the class of the longest `hole` that
 * it needs wherever the hole starts, and tells weir_heap_free that somebody waits. What was freed
 * up to now must be drained after this, before the request is called pending. O(1). */
void weir_waiters_enqueue(struct weir_heap *heap, struct weir_waiter *waiter, size_t hole);

/* Takes a waiting request off the queue. The caller then serves: it may have stood in somebody's
 * way. O(1). */
void weir_waiters_remove(struct weir_heap *heap, struct weir_waiter *waiter);

/* Grants all that fits and that the policy allows, and wakes each. O(1) for each grant, and once
 * more to find that there is nobody left to serve. */
void weir_waiters_serve(struct weir_heap *heap);

/* weir_heap_drain while somebody waits. A block as long as the next in line has asked for is handed
 * over as it is. O(1) for each block, and for each grant. */
size_t weir_waiters_drain(struct weir_heap *heap, size_t max_blocks);

static inline struct weir_layout weir_waiter_layout(const struct weir_waiter *waiter) {
  return (struct weir_layout){waiter->size, (size_t)1 << waiter->align_log2};
}

#endif
