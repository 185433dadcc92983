/* The blocks that live at the moment, and the operations on them: each is measured, and each block
 * carries a mark that must still be there when it is freed. */
#ifndef BENCH_POOL_H
#define BENCH_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "random.h"
#include "traces.h"

#define POOL_BLOCKS_MAX 16384
#define POOL_ALIGN 8

struct pool_block {
  unsigned char *pointer;
  uint32_t size;
};

struct pool {
  struct pool_block blocks[POOL_BLOCKS_MAX];
  uint32_t count;
  uint32_t bytes; /* requested by the live blocks */
};

/* What an operation cost, in instructions. */
struct pool_cost {
  uint32_t call;   /* the allocation, or the free */
  uint32_t settle; /* what a free put off, done by itself; 0 when it puts nothing off */
};

/* The only pool: too large for a stack. */
extern struct pool pool;

/* The arena, for those who start the allocator themselves. */
extern unsigned char pool_arena[TRACES_ARENA_MAX];

/* Start the allocator in an empty arena of so many bytes. */
void pool_start(uint32_t arena);

/* Allocate, and keep the block as the last one; false when the allocator refuses. */
bool pool_alloc(uint32_t size, struct pool_cost *cost);

/* Free a block; the last one takes its place. */
void pool_free(uint32_t index, struct pool_cost *cost);

/* Free a block that random picks; there must be one. */
void pool_free_any(struct random *random, struct pool_cost *cost);

/* One turn of a trace's churn: draw a size, free random blocks until it fits under the trace's
 * level, allocate it; where it is refused, free one block more. `on_alloc` and `on_free` are told
 * what each of these cost. */
void pool_churn(const struct trace *trace, struct random *random,
                void (*on_alloc)(bool granted, struct pool_cost cost),
                void (*on_free)(struct pool_cost cost));

#endif
