/* The measurements. Each writes lines that the Python side makes metrics of. */
#ifndef BENCH_SUITES_H
#define BENCH_SUITES_H

#include <stdint.h>

#include "traces.h"

/* `costs TRACE alloc|refused|free|settle INSTRUCTIONS TIMES`: churn at the trace's level. */
void suite_latency(const struct trace *trace);

/* The same for a heap of 16-byte blocks of which every other one was freed, asked for 64 bytes. */
void suite_checkerboard(void);

/* `live TRACE SEED BYTES` for each seed: requested bytes that live at the first failure after
 * churn. */
void suite_utilisation(const struct trace *trace, uint32_t seeds);

/* `objects COUNT`: how many 16-byte objects 64 KiB hold. */
void suite_density(void);

/* `arena BYTES`: the smallest arena, in steps of 64 bytes, in which the recorded program runs; then
 * its costs as above, in the arena of `arena` bytes. */
void suite_recorded_arena(void);
void suite_recorded_latency(uint32_t arena);

/* `sizes SIZE ...`: the start of a trace's requests. For the tests of the bench. */
void suite_sizes(const struct trace *trace, uint32_t seed, uint32_t count);

#endif
