/* A kernel of one thread, for the ports: time passes while it sleeps, an interrupt comes when
 * asked, and whatever the real kernel forbids is counted. */
#ifndef WEIR_TESTS_KERNEL_H
#define WEIR_TESTS_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

struct kernel {
  uint32_t ticks;
  unsigned masked; /* depth of what masks interrupts */
  bool in_interrupt;
  unsigned given; /* notifications, or the semaphore's count */
  unsigned gives; /* in all */
  unsigned sleeps;
  unsigned forbidden;

  /* Runs as a handler: at the `countdown`-th moment from now at which interrupts are unmasked, or
   * when the thread sleeps. */
  void (*interrupt)(void);
  unsigned countdown;
};

extern struct kernel kernel;

void kernel_reset(void);

/* Interrupts are unmasked here: one may come. */
void kernel_moment(void);

/* An API function that is forbidden in a critical section. */
void kernel_api(void);

void kernel_mask(void);
void kernel_unmask(void);

/* Until something is given, or for so many ticks (UINT32_MAX: for ever); then takes it all. */
void kernel_sleep(uint32_t ticks);

#endif
