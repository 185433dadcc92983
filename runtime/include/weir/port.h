/* What the runtime asks of the machine. Every function here is undefined in the library: exactly
 * one runtime/port/<target>.c defines them all, and a build that forgot it does not link. */
#ifndef WEIR_PORT_H
#define WEIR_PORT_H

#include <stdbool.h>
#include <stdint.h>

/* Time in ticks of one millisecond, free running; it wraps, so compare with weir_ticks_reached. */
typedef uint32_t weir_ticks;

/* Whether `now` is at or after `deadline`; right while the two are less than 2^31 ticks apart.
 * Pure, any context, O(1). */
static inline bool weir_ticks_reached(weir_ticks now, weir_ticks deadline) {
  return (int32_t)(now - deadline) >= 0;
}

/* What weir_port_critical_leave must be handed back: the interrupt mask of before. */
typedef uint32_t weir_port_mask;

/* Enter a section that no interrupt handler (on a host: no other thread) can see half done.
 * Sections nest when each leave gets its own enter's value. Any context. */
weir_port_mask weir_port_critical_enter(void);
void weir_port_critical_leave(weir_port_mask before);

/* Sleep until an interrupt is pending, weir_port_wake was called, or the armed deadline has passed;
 * it may return early. Task only, called INSIDE a critical section: what is made ready after the
 * caller looked and before it sleeps still ends the sleep. The section is held again on return, so
 * an interrupt that ended the sleep is served when the caller leaves it. */
void weir_port_idle(void);

/* Make the present or the next weir_port_idle return. Any context. */
void weir_port_wake(void);

/* The time now. Any context. */
weir_ticks weir_port_now(void);

/* Cortex-M only, whose port has no timer of its own: the handler of the millisecond interrupt (the
 * SysTick, as a rule) calls this. */
void weir_port_tick(void);

/* Ask that weir_port_idle returns no later than `deadline`; replaces what was armed before. A
 * deadline already reached makes the next idle return at once. It stays armed
 * until it is replaced or disarmed. Task only. */
void weir_port_deadline_arm(weir_ticks deadline);

/* Forget the armed deadline. Task only. */
void weir_port_deadline_disarm(void);

/* For weir/blocking.h, and only in ports that have threads: all but those of bare metal. */

/* A thread that blocks. The caller's, all zero at first, and there as long as somebody may wake it.
 * All members are the port's. */
struct weir_port_thread {
  void *bell; /* what it sleeps on */
  struct weir_port_thread *next;
  bool woken, asleep, owed;
};

/* Sleep until somebody woke this thread since its last sleep, or `deadline` has passed; NULL is
 * none. May return early. The thread itself only, outside critical sections. */
void weir_port_thread_sleep(struct weir_port_thread *self, const weir_ticks *deadline);

/* End the present or the next sleep of a thread, a struct weir_port_thread, and of no other. Any
 * context, also inside a critical section. */
void weir_port_thread_wake(void *thread);

#endif
