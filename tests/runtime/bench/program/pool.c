#include "pool.h"

#include "allocator.h"
#include "count.h"
#include "output.h"

struct pool pool;
_Alignas(16) unsigned char pool_arena[TRACES_ARENA_MAX];

void pool_start(uint32_t arena) {
  pool.count = 0;
  pool.bytes = 0;
  if (!bench_start(pool_arena, arena))
    output_fail("arena", "the allocator cannot live in it");
}

/* A block is marked at both ends with what says where it is and how long. */
static unsigned char mark_of(const struct pool_block *block) {
  return (unsigned char)((uintptr_t)block->pointer / POOL_ALIGN ^ block->size);
}

bool pool_alloc(uint32_t size, struct pool_cost *cost) {
  if (pool.count == POOL_BLOCKS_MAX)
    output_fail("pool", "more blocks than expected");
  uint32_t from = count_now();
  unsigned char *pointer = bench_alloc(size, POOL_ALIGN);
  cost->call = count_since(from);
  cost->settle = 0;
  if (pointer == NULL)
    return false;
  if ((uintptr_t)pointer % POOL_ALIGN != 0)
    output_fail("block", "not aligned as asked");
  struct pool_block *block = &pool.blocks[pool.count++];
  *block = (struct pool_block){pointer, size};
  pointer[0] = mark_of(block);
  pointer[size - 1] = mark_of(block);
  pool.bytes += size;
  return true;
}

void pool_free(uint32_t index, struct pool_cost *cost) {
  struct pool_block block = pool.blocks[index];
  if (block.pointer[0] != mark_of(&block) || block.pointer[block.size - 1] != mark_of(&block))
    output_fail("block", "somebody else wrote into it");
  pool.blocks[index] = pool.blocks[--pool.count];
  pool.bytes -= block.size;
  uint32_t from = count_now();
  bench_free(block.pointer, block.size, POOL_ALIGN);
  cost->call = count_since(from);
  cost->settle = 0;
  if (BENCH_SETTLES) {
    from = count_now();
    bench_settle();
    cost->settle = count_since(from);
  }
}

void pool_free_any(struct random *random, struct pool_cost *cost) {
  pool_free(random_below(random, pool.count), cost);
}

void pool_churn(const struct trace *trace, struct random *random,
                void (*on_alloc)(bool granted, struct pool_cost cost),
                void (*on_free)(struct pool_cost cost)) {
  struct pool_cost cost;
  uint32_t level = trace->arena / 100 * trace->percent;
  uint32_t size = trace->size(random, trace->arena);
  while (pool.count != 0 && pool.bytes + size > level) {
    pool_free_any(random, &cost);
    on_free(cost);
  }
  bool granted = pool_alloc(size, &cost);
  on_alloc(granted, cost);
  if (!granted && pool.count != 0) {
    pool_free_any(random, &cost);
    on_free(cost);
  }
}
