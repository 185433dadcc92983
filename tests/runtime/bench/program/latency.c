#include "allocator.h"
#include "costs.h"
#include "pool.h"
#include "suites.h"

#define WARM_TURNS 6000
#define TURNS 20000
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

static void note_alloc(bool granted, struct pool_cost cost) {
  costs_add(granted ? &alloc_costs : &refused_costs, cost.call);
}

static void note_free(struct pool_cost cost) {
  costs_add(&free_costs, cost.call);
  if (BENCH_SETTLES)
    costs_add(&settle_costs, cost.settle);
}

void suite_latency(const struct trace *trace) {
  struct random random = random_start(SEED);
  pool_start(trace->arena);
  for (uint32_t i = 0; i < WARM_TURNS; i++)
    pool_churn(trace, &random, note_alloc, note_free);
  clear_costs();
  for (uint32_t i = 0; i < TURNS; i++)
    pool_churn(trace, &random, note_alloc, note_free);
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
  for (uint32_t i = 0; i < 64; i++) {
    bool granted = pool_alloc(64, &cost);
    note_alloc(granted, cost);
  }
  output_costs("checkerboard");
}
