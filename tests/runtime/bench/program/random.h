/* Numbers that look random and are the same everywhere: PCG32 (O'Neill, 2014). */
#ifndef BENCH_RANDOM_H
#define BENCH_RANDOM_H

#include <stdint.h>

struct random {
  uint64_t state;
};

static inline uint32_t random_next(struct random *random) {
  uint64_t state = random->state;
  random->state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  uint32_t mixed = (uint32_t)(((state >> 18) ^ state) >> 27);
  uint32_t turn = (uint32_t)(state >> 59);
  return mixed >> turn | mixed << (-turn & 31);
}

static inline struct random random_start(uint32_t seed) {
  struct random random = {.state = seed};
  (void)random_next(&random);
  (void)random_next(&random);
  return random;
}

/* One of 0 .. below-1. */
static inline uint32_t random_below(struct random *random, uint32_t below) {
  return (uint32_t)((uint64_t)random_next(random) * below >> 32);
}

/* One of low .. high. */
static inline uint32_t random_between(struct random *random, uint32_t low, uint32_t high) {
  return low + random_below(random, high - low + 1);
}

#endif
