/* What the simulated tasks do: how long they think, what they ask for, how long they hold it. Each
 * task draws from a sequence of its own, so that every policy is given the same requests. */
#ifndef SIM_LOAD_H
#define SIM_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/port.h"

#define LOAD_TASKS 64u
#define LOAD_ARENA_BYTES 16384u

/* Ticks in a hold-time: the mean time that memory is held. */
#define LOAD_HOLD_TICKS 10000.0
#define LOAD_THINK_TICKS (0.15 * LOAD_HOLD_TICKS)

#define LOAD_LARGE_MIN 2048u

struct load {
  uint64_t state;
};

/* The sequence of one task under one seed. */
struct load load_of(uint64_t seed, unsigned task);

/* 16 to 128 bytes nine times in ten, else 2 to 4 KiB; uniform in either. */
size_t load_size(struct load *load);

/* Exponentially distributed, at least one tick. */
weir_ticks load_ticks(struct load *load, double mean);

#endif
