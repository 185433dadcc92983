/* The port for Zephyr: the executor runs in a thread of the kernel's and sleeps on a semaphore.
 * Written against the documented API, for Zephyr 3.1 and later. One executor in the system.
 *
 * A thread must not block while interrupts are locked, and a critical section may be nested: so
 * idle itself unlocks what the outermost enter locked, and a wake within a section only takes note;
 * whoever leaves the outermost one gives the semaphore, which may switch threads.
 *
 * Sources: Zephyr documentation, "Interrupts" (irq_lock), "Semaphores", "Kernel Timing". */
#include "rtos_sleep.h"

#include <zephyr/kernel.h>

static K_SEM_DEFINE(bell, 0, 1);

/* With interrupts locked. */
static unsigned int outermost; /* the key of the outermost enter */

weir_port_mask weir_port_critical_enter(void) {
  unsigned int key = irq_lock();
  if (depth++ == 0)
    outermost = key;
  return key;
}

void weir_port_critical_leave(weir_port_mask before) {
  bool now = leave_and_ring();
  irq_unlock(before);
  if (now)
    k_sem_give(&bell);
}

weir_ticks weir_port_now(void) { return k_uptime_get_32(); }

static k_timeout_t time_left(bool until_deadline, weir_ticks deadline) {
  weir_ticks now = weir_port_now();
  if (!until_deadline)
    return K_FOREVER;
  return weir_ticks_reached(now, deadline) ? K_NO_WAIT : K_MSEC(deadline - now);
}

/* A wake that comes once interrupts are unlocked is kept in the semaphore. */
static void sleep_outside(void) {
  bool until_deadline = armed;
  weir_ticks deadline = armed_deadline;
  asleep = true;
  depth = 0;
  irq_unlock(outermost);
  (void)k_sem_take(&bell, time_left(until_deadline, deadline));
  outermost = irq_lock();
  depth = 1;
  asleep = false;
}
