/* The board's first hardware timer (Arm CMSDK APB timer; mps2-an385: 25 MHz, interrupt 8).
 * Arm, "Cortex-M System Design Kit Technical Reference Manual", 4.3. */
#ifndef EXAMPLES_TIMER_H
#define EXAMPLES_TIMER_H

#include <stdint.h>

enum { TIMER0_INTERRUPT = 8, TIMER_TICKS_PER_MS = 25000 };

struct cmsdk_timer {
  volatile uint32_t control;
  volatile uint32_t value;
  volatile uint32_t reload;
  volatile uint32_t interrupt; /* read: pending; write 1: clear */
};

#define TIMER0 ((struct cmsdk_timer *)0x40000000u)
#define NVIC_ENABLE ((volatile uint32_t *)0xe000e100u)

/* Interrupt every millisecond from now on. */
static inline void timer0_start(void) {
  TIMER0->reload = TIMER_TICKS_PER_MS - 1;
  TIMER0->value = TIMER_TICKS_PER_MS - 1;
  TIMER0->control = 0x9; /* enable, interrupt enable */
  NVIC_ENABLE[0] = 1u << TIMER0_INTERRUPT;
}

static inline void timer0_acknowledge(void) { TIMER0->interrupt = 1; }

#endif
