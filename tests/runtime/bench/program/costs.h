/* How often an operation had which cost. */
#ifndef BENCH_COSTS_H
#define BENCH_COSTS_H

#include <stdint.h>

/* What cost more is noted as this much. */
#define COSTS_MAX 65535

struct costs {
  uint32_t seen[COSTS_MAX + 1]; /* by cost in instructions */
};

void costs_clear(struct costs *costs);
void costs_add(struct costs *costs, uint32_t cost);

/* A line `costs TRACE OPERATION INSTRUCTIONS TIMES` for each cost that was seen. */
void costs_output(const struct costs *costs, const char *trace, const char *operation);

#endif
