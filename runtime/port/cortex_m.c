/* The port for one Cortex-M core, ARMv6-M to ARMv8-M. Time is counted by the millisecond interrupt,
 * whose handler calls weir_port_tick; that interrupt also ends the sleep when a deadline comes. */
#include "weir/port.h"

static volatile weir_ticks ticks;
static volatile bool woken;
static bool armed;
static weir_ticks armed_deadline;

weir_port_mask weir_port_critical_enter(void) {
  weir_port_mask before;
  __asm volatile("mrs %0, primask\n\tcpsid i" : "=r"(before)::"memory");
  return before;
}

void weir_port_critical_leave(weir_port_mask before) {
  __asm volatile("msr primask, %0" ::"r"(before) : "memory");
}

void weir_port_idle(void) {
  /* With PRIMASK set, a pending interrupt still ends WFI: none is lost between look and sleep. */
  if (!woken && !(armed && weir_ticks_reached(ticks, armed_deadline)))
    __asm volatile("dsb\n\twfi\n\tisb" ::: "memory");
  woken = false;
}

void weir_port_wake(void) { woken = true; }

void weir_port_tick(void) { ticks = ticks + 1; }

weir_ticks weir_port_now(void) { return ticks; }

void weir_port_deadline_arm(weir_ticks deadline) {
  armed_deadline = deadline;
  armed = true;
}

void weir_port_deadline_disarm(void) { armed = false; }
