/* The port for Zephyr: the executor runs in a thread of the kernel's; it sleeps on a semaphore, as
 * do threads that block (weir/blocking.h), each on one of its own.
 * Written against the documented API, for Zephyr 3.1 and later. One executor in the system.
 *
 * A thread must not block while interrupts are locked, and a critical section may be nested: so
 * idle itself unlocks what the outermost enter locked, and a wake within a section only takes note;
 * whoever leaves the outermost one gives the semaphore, which may switch threads.
 *
 * Sources: Zephyr documentation, "Interrupts" (irq_lock), "Semaphores", "Kernel Timing". */
#include "rtos_sleep.h"

#include <zephyr/kernel.h>

static K_SEM_DEFINE(bell_of_executor, 0, 1);

/* With interrupts locked. */
static unsigned int outermost; /* the key of the outermost enter */

weir_port_mask weir_port_critical_enter(void) {
  unsigned int key = irq_lock();
  if (depth++ == 0)
    outermost = key;
  return key;
}

static void ring(const struct weir_port_thread *thread) { k_sem_give(thread->bell); }

void weir_port_critical_leave(weir_port_mask before) {
  struct weir_port_thread *all = leave_section();
  irq_unlock(before);
  ring_all(all);
}

weir_ticks weir_port_now(void) { return k_uptime_get_32(); }

static k_timeout_t time_left(const weir_ticks *deadline) {
  weir_ticks now = weir_port_now();
  if (deadline == NULL)
    return K_FOREVER;
  return weir_ticks_reached(now, *deadline) ? K_NO_WAIT : K_MSEC(*deadline - now);
}

static void open_section(void) {
  depth = 0;
  irq_unlock(outermost);
}

static void shut_section(void) {
  outermost = irq_lock();
  depth = 1;
}

/* A ring that comes before the call is kept in the semaphore. */
static bool wait_for_bell(struct weir_port_thread *self, const weir_ticks *deadline) {
  return k_sem_take(self->bell, time_left(deadline)) == 0;
}

static bool find_bell_of_executor(void) {
  executor.bell = &bell_of_executor;
  return true;
}

void weir_port_thread_sleep(struct weir_port_thread *self, const weir_ticks *deadline) {
  struct k_sem bell;
  (void)k_sem_init(&bell, 0, 1);
  self->bell = &bell;
  weir_port_mask before = weir_port_critical_enter();
  sleep_in_section(self, deadline);
  weir_port_critical_leave(before);
}
