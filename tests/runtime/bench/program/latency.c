#include "costs.h"
#include "pool.h"
#include "suites.h"

#define OPERATIONS 40000
#define SEED 1

static struct costs alloc_costs;
static struct costs refused_costs;
static struct costs free_costs;
static struct costs settle_costs;

static void clear_costs(void) {
  costs_clear(&alloc_costs);
  costs_clear(&refused_costs);
  costs_clear(&free_costs);
  costs_clear(&settle_costs);
}

static void output_costs(const char *trace) {
  costs_output(&alloc_costs, trace, "alloc");
  costs_output(&refused_costs, trace, "refused");
  costs_output(&free_costs, trace, "free");
  costs_output(&settle_costs, trace, "settle");
}

static bool counted_alloc(uint32_t size) {
  struct pool_cost cost;
  bool granted = pool_alloc(size, &cost);
  costs_add(granted ? &alloc_costs : &refused_costs, cost.call);
  return granted;
}

static void note_free(struct pool_cost cost) {
  costs_add(&free_costs, cost.call);
  costs_add(&settle_costs, cost.settle);
}

void suite_latency(const struct trace *trace) {
  struct random random = random_start(SEED);
  struct pool_cost cost;
  uint32_t level = trace->arena / 100 * trace->percent;
  pool_start(trace->arena);
  while (pool.bytes < level && pool_alloc(trace->size(&random, trace->arena), &cost))
    ;
  clear_costs();
  for (uint32_t i = 0; i < OPERATIONS; i++) {
    if (pool.bytes < level && counted_alloc(trace->size(&random, trace->arena)))
      continue;
    pool_free_any(&random, &cost);
    note_free(cost);
  }
  output_costs(trace->name);
}

void suite_checkerboard(void) {
  struct pool_cost cost;
  pool_start(UINT32_C(64) * 1024);
  while (pool_alloc(16, &cost))
    ;
  clear_costs();
  /* The last block takes a freed one's place: going down, every other one stays where it was. */
  for (uint32_t index = pool.count / 2 * 2; index >= 2; index -= 2) {
    pool_free(index - 2, &cost);
    note_free(cost);
  }
  for (uint32_t i = 0; i < 64; i++)
    (void)counted_alloc(64);
  output_costs("checkerboard");
}
