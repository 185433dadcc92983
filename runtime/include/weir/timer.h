/* Deadlines: an intrusive queue of timers, the earliest first.
 *
 * The queue never ticks. Its owner (the executor) asks for the earliest deadline, lets the port arm the hardware for
 * it, sleeps, and expires what is due when it wakes. Time is the port's: unsigned 64-bit ticks that never wrap.
 *
 *              start                    expire (deadline reached)
 *      idle ----------> armed ------------------------------------> expired
 *        ^                | drop                                      | drop
 *        +----------------+-------------------------------------------+
 *
 * A timer is the caller's, all zero at first (idle). Task context only: the interrupt of the hardware timer does nothing
 * but end the sleep.
 */
#ifndef WEIR_TIMER_H
#define WEIR_TIMER_H

#include <stdbool.h>
#include <stdint.h>

#include "weir/future.h"
#include "weir/waker.h"

enum weir_timer_state { WEIR_TIMER_IDLE, WEIR_TIMER_ARMED, WEIR_TIMER_EXPIRED };

/* All members are the queue's. */
struct weir_timer {
  struct weir_timer *next;
  struct weir_timer **link; /* what points at this timer: the queue or the timer before */
  const struct weir_waker *waker;
  uint64_t deadline;
  enum weir_timer_state state;
};

/* All zero is an empty queue. It points at the timers that are armed, and they at it: it must not move meanwhile. */
struct weir_timers {
  struct weir_timer *first;
};

/* Starts an idle or expired timer: ready at `deadline`, which may have gone by already. Timers of one deadline expire in
 * the order of their start. O(n) in the timers that are due before it. Never fails. */
void weir_timer_start(struct weir_timer *timer, struct weir_timers *timers, uint64_t deadline,
                      const struct weir_waker *waker);

/* Starts a timer that is ready `ticks` from now (weir_port_now), or never if that is beyond the end of time. */
void weir_timer_start_after(struct weir_timer *timer, struct weir_timers *timers, uint64_t ticks,
                            const struct weir_waker *waker);

/* Ready once expired. O(1). */
enum weir_poll weir_timer_poll(const struct weir_timer *timer);

/* Cancels, or forgets that it expired: idle again. Any state, O(1). */
void weir_timer_drop(struct weir_timer *timer);

/* The timer as a future, for weir_select. The loser against it counts as timed out. */
struct weir_future weir_timer_future(struct weir_timer *timer);

/* Expires and wakes every timer whose deadline is at or before `now`. O(timers that expire). */
void weir_timers_expire(struct weir_timers *timers, uint64_t now);

/* Whether a timer is armed; if so, when the earliest is due. O(1). */
bool weir_timers_next(const struct weir_timers *timers, uint64_t *deadline);

#endif
