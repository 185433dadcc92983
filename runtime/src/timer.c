#include "weir/timer.h"

#include <stddef.h>

#include "weir/port.h"

/* Told from now, and not from each other: one may be overdue while the other is as far ahead as can
 * be, and then more than half of the clock's range lies between them. */
static bool is_due_before(weir_ticks one, weir_ticks other, weir_ticks now) {
  return (int32_t)(one - now) < (int32_t)(other - now);
}

static void arm(struct weir_timer *timer, struct weir_timers *timers, weir_ticks deadline,
                weir_ticks now) {
  struct weir_timer **link = &timers->first;
  while (*link != NULL && !is_due_before(deadline, (*link)->deadline, now))
    link = &(*link)->next;
  timer->deadline = deadline;
  timer->state = WEIR_TIMER_ARMED;
  timer->link = link;
  timer->next = *link;
  if (timer->next != NULL)
    timer->next->link = &timer->next;
  *link = timer;
}

void weir_timer_start(struct weir_timer *timer, struct weir_timers *timers, weir_ticks deadline,
                      const struct weir_waker *waker) {
  weir_timer_drop(timer); // a timer that is started again moves, it is never queued twice
  timer->waker = waker;
  arm(timer, timers, deadline, weir_port_now());
}

void weir_timer_start_after(struct weir_timer *timer, struct weir_timers *timers, weir_ticks ticks,
                            const struct weir_waker *waker) {
  weir_ticks now = weir_port_now();
  weir_timer_drop(timer);
  timer->waker = waker;
  arm(timer, timers, now + (ticks < WEIR_TICKS_MAX ? ticks : WEIR_TICKS_MAX), now);
}

enum weir_poll weir_timer_poll(const struct weir_timer *timer) {
  return timer->state == WEIR_TIMER_EXPIRED ? WEIR_READY : WEIR_PENDING;
}

static void unlink_timer(struct weir_timer *timer) {
  *timer->link = timer->next;
  if (timer->next != NULL)
    timer->next->link = timer->link;
}

void weir_timer_drop(struct weir_timer *timer) {
  if (timer->state == WEIR_TIMER_ARMED)
    unlink_timer(timer);
  timer->state = WEIR_TIMER_IDLE;
}

void weir_timers_expire(struct weir_timers *timers, weir_ticks now) {
  while (timers->first != NULL && weir_ticks_reached(now, timers->first->deadline)) {
    struct weir_timer *timer = timers->first;
    unlink_timer(timer);
    timer->state = WEIR_TIMER_EXPIRED;
    weir_waker_wake(timer->waker);
  }
}

bool weir_timers_next(const struct weir_timers *timers, weir_ticks *deadline) {
  if (timers->first == NULL)
    return false;
  *deadline = timers->first->deadline;
  return true;
}

static enum weir_poll poll_future(void *future) { return weir_timer_poll(future); }

static void drop_future(void *future, enum weir_drop_reason reason) {
  (void)reason; // nobody counts the timers that were not needed
  weir_timer_drop(future);
}

struct weir_future weir_timer_future(struct weir_timer *timer) {
  static const struct weir_future_kind kind = {poll_future, drop_future, WEIR_DROP_TIMED_OUT};
  return (struct weir_future){&kind, timer};
}
