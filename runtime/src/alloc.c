#include "weir/alloc.h"

#include "core.h"
#include "deferred.h"
#include "waiters.h"
#include "weir/fatal.h"
#include "weir/trace.h"

static void hand_over(struct weir_alloc *alloc, void *memory) {
  alloc->waiter.memory = memory;
  alloc->waiter.state = WEIR_WAITER_GRANTED;
}

/* Who is served on arrival is told so, and need not be woken. */
static enum weir_poll wait(struct weir_alloc *alloc) {
  const struct weir_waker *waker = alloc->waiter.waker;
  enum weir_poll polled;
  weir_waiters_enqueue(alloc->heap, &alloc->waiter,
                       alloc->waiter.size + ((size_t)1 << alloc->waiter.align_log2) - 1);
  alloc->waiter.waker = NULL;
  polled = weir_alloc_poll(alloc);
  alloc->waiter.waker = waker;
  return polled;
}

enum weir_poll weir_alloc_start_parts(struct weir_alloc *alloc, struct weir_heap *heap, size_t size,
                                      size_t align, const struct weir_waker *waker) {
  struct weir_layout layout = {size, align};
  void *memory = NULL;
  bool others_wait = false;
  if (alloc->waiter.state != WEIR_WAITER_IDLE)
    weir_alloc_drop(alloc);
  WEIR_TRACE_REQUEST(heap, layout);
  if (heap->queue == NULL)
    weir_fatal(WEIR_FATAL_NOBODY_CAN_WAIT, heap);
  alloc->heap = heap;
  if (weir_deferred_unsorted_or_waiting(heap)) {
    weir_heap_drain(heap, WEIR_HEAP_DRAIN_STEP);
    others_wait = weir_core_waiting(heap);
  }
  if (!others_wait) {
    memory = weir_quick_take(heap, size, align);
    if (memory == NULL)
      memory = weir_core_take_here(heap, size, align);
    if (memory == NULL && heap->more != NULL)
      memory = weir_core_take(heap, layout);
  }
  if (memory == NULL && !weir_heap_could_hold(heap, layout)) {
    heap->refusals++;
    hand_over(alloc, NULL);
    return WEIR_READY;
  }
  weir_waiters_describe(&alloc->waiter, layout, waker);
  if (memory == NULL)
    return wait(alloc);
  WEIR_TRACE_GRANT(heap, memory, layout);
  hand_over(alloc, memory);
  return WEIR_READY;
}

/* What was freed before the request was queued is still to be drained, and what is freed after it
 * calls notify: between the two nothing is lost. */
enum weir_poll weir_alloc_poll(struct weir_alloc *alloc) {
  if (alloc->waiter.state == WEIR_WAITER_WAITING)
    weir_heap_drain(alloc->heap, SIZE_MAX);
  return alloc->waiter.state >= WEIR_WAITER_GRANTED ? WEIR_READY : WEIR_PENDING;
}

void *weir_alloc_take(struct weir_alloc *alloc) {
  if (alloc->waiter.state != WEIR_WAITER_GRANTED)
    return NULL;
  alloc->waiter.state = WEIR_WAITER_TAKEN;
  return alloc->waiter.memory;
}

/* True when a request was given up: it waited, or what it was granted goes to the next in line. */
static bool give_up(struct weir_alloc *alloc) {
  struct weir_waiter *waiter = &alloc->waiter;
  unsigned char state = waiter->state;
  if (state == WEIR_WAITER_WAITING) {
    weir_waiters_remove(alloc->heap, waiter);
  } else if (state == WEIR_WAITER_GRANTED && waiter->memory != NULL) {
    WEIR_TRACE_FREE(alloc->heap, waiter->memory, weir_waiter_layout(waiter));
    weir_core_give(alloc->heap, waiter->memory, weir_waiter_layout(waiter));
  } else {
    waiter->state = WEIR_WAITER_IDLE;
    return false;
  }
  waiter->state = WEIR_WAITER_IDLE;
  WEIR_TRACE_CANCEL(alloc->heap, waiter);
  if (weir_core_waiting(alloc->heap))
    weir_waiters_serve(alloc->heap);
  return true;
}

void weir_alloc_drop(struct weir_alloc *alloc) {
  if (give_up(alloc))
    alloc->heap->queue->counters.cancels++;
}

void weir_alloc_time_out(struct weir_alloc *alloc) {
  if (give_up(alloc))
    alloc->heap->queue->counters.timeouts++;
}

static enum weir_poll poll_future(void *future) { return weir_alloc_poll(future); }

static void drop_future(void *future, enum weir_drop_reason reason) {
  if (reason == WEIR_DROP_TIMED_OUT)
    weir_alloc_time_out(future);
  else
    weir_alloc_drop(future);
}

struct weir_future weir_alloc_future(struct weir_alloc *alloc) {
  static const struct weir_future_kind kind = {poll_future, drop_future, WEIR_DROP_CANCELLED};
  return (struct weir_future){&kind, alloc};
}
