/* The kernel of one thread, as its test sees it. */
#ifndef WEIR_TESTS_KERNEL_SINGLE_H
#define WEIR_TESTS_KERNEL_SINGLE_H

#include "kernel.h"

struct kernel {
  uint32_t ticks;
  unsigned masked; /* depth of what masks interrupts */
  bool in_interrupt;
  struct kernel_bell bell; /* of the thread */
  unsigned gives;          /* to any bell */
  unsigned sleeps;
  unsigned forbidden;

  /* Runs as a handler: at the `countdown`-th moment from now at which interrupts are unmasked, or
   * when the thread sleeps. */
  void (*interrupt)(void);
  unsigned countdown;
  bool late; /* not while it sleeps */
};

extern struct kernel kernel;

void kernel_reset(void);

#endif
