/* What the ports for RTOS kernels share: a wake comes within a critical section, where a kernel
 * may be asked for nothing, so it only takes note, and whoever leaves the outermost section rings.
 * The executor sleeps as any thread does. Included by exactly one source of a program. */
#ifndef WEIR_PORT_RTOS_SLEEP_H
#define WEIR_PORT_RTOS_SLEEP_H

#include "one_deadline.h"

#include <stddef.h>

/* In the critical section. */
static unsigned depth;
static struct weir_port_thread *due; /* noted, and not rung yet */
static struct weir_port_thread executor;

/* The kernel's own part. */

/* Leave the section, which has one level, and enter it again. */
static void open_section(void);
static void shut_section(void);

/* Outside the section: wait for the thread's bell, or until due; whether it was rung. */
static bool wait_for_bell(struct weir_port_thread *self, const weir_ticks *deadline);

/* Outside the section, in any context. */
static void ring(const struct weir_port_thread *thread);

/* See to it that the executor has a bell; false when the section was left for it. */
static bool find_bell_of_executor(void);

/* One level less. Whom to ring once it is left. */
static struct weir_port_thread *leave_section(void) {
  struct weir_port_thread *all = --depth == 0 ? due : NULL;
  if (all != NULL)
    due = NULL;
  return all;
}

/* Who is rung may be gone at once. */
static void ring_all(struct weir_port_thread *thread) {
  while (thread != NULL) {
    struct weir_port_thread *next = thread->next;
    ring(thread);
    thread = next;
  }
}

/* Within the section, which is left for the sleep. A ring that is owed is waited for, though the
 * time is up: else it would ring a thread that went on, or that is no more. */
static void sleep_in_section(struct weir_port_thread *self, const weir_ticks *deadline) {
  if (!self->woken) {
    self->asleep = true;
    open_section();
    bool rung = wait_for_bell(self, deadline);
    shut_section();
    self->asleep = false;
    while (self->owed && !rung) {
      open_section();
      rung = wait_for_bell(self, NULL);
      shut_section();
    }
    self->owed = false;
  }
  self->woken = false;
}

void weir_port_thread_wake(void *context) {
  struct weir_port_thread *thread = context;
  weir_port_mask before = weir_port_critical_enter();
  thread->woken = true;
  if (thread->asleep) {
    thread->asleep = false;
    thread->owed = true;
    thread->next = due;
    due = thread;
  }
  weir_port_critical_leave(before);
}

void weir_port_wake(void) { weir_port_thread_wake(&executor); }

void weir_port_idle(void) {
  weir_ticks deadline = armed_deadline;
  if (find_bell_of_executor())
    sleep_in_section(&executor, armed ? &deadline : NULL);
}

#endif
