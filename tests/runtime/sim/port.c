/* A port whose time is simulated: nothing interrupts, and whoever sleeps until a deadline is there
 * at once. */
#include "weir/port.h"

#include <stdio.h>
#include <stdlib.h>

static weir_ticks now;
static weir_ticks deadline;
static bool armed;

weir_port_mask weir_port_critical_enter(void) { return 0; }
void weir_port_critical_leave(weir_port_mask before) { (void)before; }
void weir_port_wake(void) {}
weir_ticks weir_port_now(void) { return now; }

void weir_port_deadline_arm(weir_ticks when) {
  armed = true;
  deadline = when;
}

void weir_port_deadline_disarm(void) { armed = false; }

/* With nothing to run and no deadline the simulated system is dead. */
void weir_port_idle(void) {
  if (!armed) {
    fputs("sim: error: every task waits and no timer is armed: a wake-up was lost\n", stderr);
    exit(1);
  }
  if (!weir_ticks_reached(now, deadline))
    now = deadline;
}
