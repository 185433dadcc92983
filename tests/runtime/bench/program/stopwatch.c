/* The recorded program as fast as it goes, on a host. The slots of its blocks are worked out
 * beforehand, so that the clock sees little but the allocator and one write to each end of a block,
 * which every program does. */
#define _POSIX_C_SOURCE 200809L /* the monotonic clock */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "allocator.h"
#include "output.h"
#include "pool.h"
#include "recorded.h"

struct step {
  uint32_t slot;
  uint32_t size; /* 0: a free */
};

static struct pool_block slots[POOL_BLOCKS_MAX];

static struct step *work_out_steps(void) {
  struct step *steps = calloc(recorded_count, sizeof *steps);
  static unsigned char taken[POOL_BLOCKS_MAX];
  for (uint32_t i = 0; i < recorded_count; i++) {
    uint32_t operation = recorded_operations[i];
    uint32_t slot = operation & ~RECORDED_FREE;
    if (!(operation & RECORDED_FREE))
      for (slot = 0; taken[slot]; slot++)
        ;
    taken[slot] = !taken[slot];
    steps[i] = (struct step){slot, operation & RECORDED_FREE ? 0 : operation};
  }
  return steps;
}

static void run(const struct step *steps) {
  for (uint32_t i = 0; i < recorded_count; i++) {
    struct pool_block *block = &slots[steps[i].slot];
    if (steps[i].size == 0) {
      bench_free(block->pointer, block->size, POOL_ALIGN);
      continue;
    }
    unsigned char *pointer = bench_alloc(steps[i].size, POOL_ALIGN);
    if (pointer == NULL)
      output_fail("recorded", "refused");
    pointer[0] = pointer[steps[i].size - 1] = 1;
    *block = (struct pool_block){pointer, steps[i].size};
  }
}

static double now(void) {
  struct timespec time;
  (void)clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* usage: stopwatch ROUNDS. Writes the nanoseconds an operation takes in the fastest round: what the
 * others have more is what else the machine did. */
int main(int argc, char **argv) {
  long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 1;
  struct step *steps = work_out_steps();
  pool_start(TRACES_ARENA_MAX);
  run(steps);
  double best = 0;
  for (long round = 0; round < rounds; round++) {
    double from = now();
    run(steps);
    double took = now() - from;
    if (round == 0 || took < best)
      best = took;
  }
  printf("nanoseconds %.3f\n", best / recorded_count);
  free(steps);
  return 0;
}
