/* One interrupt, after a chosen number of timer ticks. Under QEMU's -icount a tick is less than an
 * instruction, so that one, two, three ... ticks put the interrupt before every instruction of what
 * runs, one after the other. Cortex-M, with the SysTick; QEMU must run with -icount shift=6
 * (mps2-an385). Not seen this way: bus stalls, and an interrupt inside of a load or store of
 * several registers. */
#ifndef WEIR_TESTS_SHOT_H
#define WEIR_TESTS_SHOT_H

#include <stdbool.h>
#include <stdint.h>

/* Runs `routine`, and `handler` as an interrupt handler once `ticks` have gone by. Returns where it
 * interrupted: the address of the instruction that was to be next; 0 when the routine was over
 * before. A routine that then goes on for ever is ended, with the whole test: what was to wake it
 * is lost. */
uint32_t shot_run(uint32_t ticks, void (*routine)(void), void (*handler)(void));

/* How many instructions `routine` executes, uninterrupted; to within two. */
uint32_t shot_count(void (*routine)(void));

#endif
