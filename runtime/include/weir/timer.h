/* Deadlines: an intrusive queue of timers, the earliest first.
 *
 * The queue never ticks. Its owner (the executor) asks for the earliest deadline, lets the port arm
 * the hardware for it, sleeps, and expires what is due when it wakes. Time is the port's: it wraps,
 * and a deadline lies less than 2^31 ticks (24 days) ahead.
 *
 *              start                    expire (deadline reached)
 *      idle ----------> armed ------------------------------------> expired
 *        ^                | drop                                      | drop
 *        +----------------+-------------------------------------------+
 *
 * A timer is the caller's, all zero at first (idle). Task context only: the interrupt of the
 * hardware timer does nothing but end the sleep.
 */
#ifndef WEIR_TIMER_H
#define WEIR_TIMER_H

#include <stdbool.h>

#include "weir/future.h"
#include "weir/port.h"
#include "weir/waker.h"

enum weir_timer_state { WEIR_TIMER_IDLE, WEIR_TIMER_ARMED, WEIR_TIMER_EXPIRED };

/* The longest time that can be waited. */
#define WEIR_TICKS_MAX ((weir_ticks)INT32_MAX)

/* All members are the queue's. 20 bytes on a 32-bit target. */
struct weir_timer {
  struct weir_timer *next;
  struct weir_timer **link; /* what points at this timer: the queue or the timer before */
  const struct weir_waker *waker;
  weir_ticks deadline;
  enum weir_timer_state state;
};

/* All zero is an empty queue. It points at the timers that are armed, and they at it: it must not
 * move meanwhile. */
struct weir_timers {
  struct weir_timer *first;
};

/* Starts a timer, afresh if it is armed: ready at `deadline`, which may have gone by already.
 * Timers of one deadline expire in the order of their start. O(n) in the timers that are due before
 * it. Never fails. */
void weir_timer_start(struct weir_timer *timer, struct weir_timers *timers, weir_ticks deadline,
                      const struct weir_waker *waker);

/* The same, for `ticks` from now (weir_port_now); more than WEIR_TICKS_MAX is WEIR_TICKS_MAX. */
void weir_timer_start_after(struct weir_timer *timer, struct weir_timers *timers, weir_ticks ticks,
                            const struct weir_waker *waker);

/* Ready once expired. O(1). */
enum weir_poll weir_timer_poll(const struct weir_timer *timer);

/* Cancels, or forgets that it expired: idle again. Any state, O(1). */
void weir_timer_drop(struct weir_timer *timer);

/* The timer as a future, for weir_select. The loser against it counts as timed out. */
struct weir_future weir_timer_future(struct weir_timer *timer);

/* Expires and wakes every timer whose deadline is at or before `now`. O(timers that expire). */
void weir_timers_expire(struct weir_timers *timers, weir_ticks now);

/* Whether a timer is armed; if so, when the earliest is due. O(1). */
bool weir_timers_next(const struct weir_timers *timers, weir_ticks *deadline);

#endif
