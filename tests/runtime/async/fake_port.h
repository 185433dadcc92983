/* A machine for tests: time stands still until told, and an interrupt comes exactly when asked. It
 * takes the place of the real port in the programs that link it. */
#ifndef WEIR_TESTS_FAKE_PORT_H
#define WEIR_TESTS_FAKE_PORT_H

#include "weir/port.h"

struct fake_port {
  weir_ticks now;
  bool armed;
  weir_ticks deadline;
  unsigned depth;  /* of critical sections */
  unsigned sleeps; /* idle calls that really slept */

  /* Runs as an interrupt handler would, at the `countdown`-th moment from now at which the library
   * calls the port outside a critical section; 0 is never. */
  void (*interrupt)(void *context);
  void *context;
  unsigned countdown;

  /* Runs while the machine sleeps, as the interrupt that ends the sleep. Without one, sleep ends
   * when the armed deadline has come; with neither it would never end, and the test fails. */
  void (*sleeping)(void);
  bool woken;

  /* Nothing but an interrupt ends a sleep: weir_port_wake is not heard. */
  bool deaf;
};

extern struct fake_port fake_port;

/* A moment at which an interrupt may come. */
void fake_port_moment(void);

/* As after a reset. */
void fake_port_reset(void);

#endif
