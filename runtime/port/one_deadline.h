/* The deadline of a port's one executor, for the ports that wait until it themselves. Included by
 * exactly one source of a program, after what defines the critical section. */
#ifndef WEIR_PORT_ONE_DEADLINE_H
#define WEIR_PORT_ONE_DEADLINE_H

#include "weir/port.h"

/* In the critical section. */
static bool armed;
static weir_ticks armed_deadline;

void weir_port_deadline_arm(weir_ticks deadline) {
  weir_port_mask before = weir_port_critical_enter();
  armed = true;
  armed_deadline = deadline;
  weir_port_critical_leave(before);
}

void weir_port_deadline_disarm(void) {
  weir_port_mask before = weir_port_critical_enter();
  armed = false;
  weir_port_critical_leave(before);
}

#endif
