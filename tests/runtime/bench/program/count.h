/* Counts executed instructions on the emulated Cortex-M: SysTick, with every instruction taking
 * 2^7 ns (-icount shift=7) and the timer counting at 25 MHz, so 3.2 ticks an instruction. That is
 * more than one, hence exact after rounding; count_calibrate proves it before anything is measured.
 *
 *   uint32_t from = count_now();
 *   call();
 *   uint32_t instructions = count_since(from);   // of the callee, its return included
 */
#ifndef BENCH_COUNT_H
#define BENCH_COUNT_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __arm__

#define COUNT_SYSTICK ((volatile uint32_t *)0xe000e010)
#define COUNT_TIMER_MASK UINT32_C(0xffffff)

extern uint32_t count_overhead; /* of the measurement, in instructions */

/* Start the timer, and see whether it counts what it should. Once, before the first count. */
bool count_calibrate(void);

static inline __attribute__((always_inline)) uint32_t count_now(void) {
  uint32_t now = COUNT_SYSTICK[2];
  __asm volatile("" ::: "memory");
  return now;
}

static inline uint32_t count_instructions(uint32_t ticks) { return (ticks * 10 + 16) / 32; }

static inline __attribute__((always_inline)) uint32_t count_since(uint32_t from) {
  __asm volatile("" ::: "memory");
  uint32_t ticks = (from - COUNT_SYSTICK[2]) & COUNT_TIMER_MASK;
  return count_instructions(ticks) - count_overhead;
}

#else

/* Elsewhere nothing is counted. */
static inline bool count_calibrate(void) { return true; }
static inline uint32_t count_now(void) { return 0; }
static inline uint32_t count_since(uint32_t from) { return from; }

#endif
#endif
