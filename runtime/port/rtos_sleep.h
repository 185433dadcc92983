/* What the ports for RTOS kernels share: a wake comes within a critical section, where a kernel
 * may be asked for nothing, so it only takes note, and whoever leaves the outermost section rings.
 * Included by exactly one source of a program. */
#ifndef WEIR_PORT_RTOS_SLEEP_H
#define WEIR_PORT_RTOS_SLEEP_H

#include "one_deadline.h"

/* In the critical section. */
static unsigned depth;
static bool asleep;
static bool woken;
static bool ring;

/* Sleep until rung or due, outside the section; return within it. The kernel's own part. */
static void sleep_outside(void);

/* One level less; true when whoever asks has to ring once it is outside. */
static bool leave_and_ring(void) {
  bool now = --depth == 0 && ring;
  if (now)
    ring = false;
  return now;
}

void weir_port_wake(void) {
  weir_port_mask before = weir_port_critical_enter();
  woken = true;
  ring = asleep;
  weir_port_critical_leave(before);
}

void weir_port_idle(void) {
  if (!woken)
    sleep_outside();
  woken = false;
}

#endif
