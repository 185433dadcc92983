/* The loads that every allocator is put under. A trace is a mix of sizes, an arena, and how full
 * the arena is kept. */
#ifndef BENCH_TRACES_H
#define BENCH_TRACES_H

#include "random.h"

struct trace {
  const char *name;
  uint32_t (*size)(struct random *random, uint32_t arena);
  uint32_t arena;   /* bytes, control data included */
  uint32_t percent; /* of the arena that is kept in requested bytes */
};

/* The largest arena of all. */
#define TRACES_ARENA_MAX (UINT32_C(1) << 20)

/* The trace of that name, or NULL. */
const struct trace *trace_find(const char *name);

#endif
