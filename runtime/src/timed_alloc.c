#include "weir/alloc.h"

enum weir_poll weir_timed_alloc_start(struct weir_timed_alloc *timed, struct weir_heap *heap,
                                      struct weir_layout layout, struct weir_timers *timers,
                                      weir_ticks ticks, const struct weir_waker *waker) {
  weir_timed_alloc_drop(timed);
  if (weir_alloc_start(&timed->alloc, heap, layout, waker) == WEIR_READY)
    return WEIR_READY;
  weir_timer_start_after(&timed->timer, timers, ticks, waker);
  return WEIR_PENDING;
}

/* Once the time is up the timer stays expired, so that this stays ready until it is taken. */
enum weir_poll weir_timed_alloc_poll(struct weir_timed_alloc *timed) {
  if (weir_alloc_poll(&timed->alloc) == WEIR_READY) {
    weir_timer_drop(&timed->timer);
    return WEIR_READY;
  }
  if (weir_timer_poll(&timed->timer) == WEIR_PENDING)
    return WEIR_PENDING;
  weir_alloc_time_out(&timed->alloc);
  return WEIR_READY;
}

void *weir_timed_alloc_take(struct weir_timed_alloc *timed) {
  weir_timer_drop(&timed->timer);
  return weir_alloc_take(&timed->alloc);
}

void weir_timed_alloc_drop(struct weir_timed_alloc *timed) {
  weir_timer_drop(&timed->timer);
  weir_alloc_drop(&timed->alloc);
}

static void drop_future(void *future, enum weir_drop_reason reason) {
  struct weir_timed_alloc *timed = future;
  if (reason == WEIR_DROP_TIMED_OUT)
    weir_alloc_time_out(&timed->alloc);
  weir_timed_alloc_drop(timed);
}

static enum weir_poll poll_future(void *future) { return weir_timed_alloc_poll(future); }

struct weir_future weir_timed_alloc_future(struct weir_timed_alloc *timed) {
  static const struct weir_future_kind kind = {poll_future, drop_future, WEIR_DROP_CANCELLED};
  return (struct weir_future){&kind, timed};
}
