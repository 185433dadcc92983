#include "output.h"
#include "pool.h"
#include "suites.h"

#define CHURN_OPERATIONS 6000

/* A refusal during the churn is passed over, by a free: what is asked is how much fits after it. */
static void churn(const struct trace *trace, struct random *random) {
  struct pool_cost cost;
  uint32_t level = trace->arena / 100 * trace->percent;
  for (uint32_t i = 0; i < CHURN_OPERATIONS; i++) {
    if (pool.bytes < level && pool_alloc(trace->size(random, trace->arena), &cost))
      continue;
    pool_free_any(random, &cost);
  }
}

void suite_utilisation(const struct trace *trace, uint32_t seeds) {
  for (uint32_t seed = 1; seed <= seeds; seed++) {
    struct random random = random_start(seed);
    struct pool_cost cost;
    pool_start(trace->arena);
    churn(trace, &random);
    while (pool_alloc(trace->size(&random, trace->arena), &cost))
      ;
    output_word("live");
    output_word(trace->name);
    output_number(seed);
    output_number(pool.bytes);
    output_line();
  }
}

void suite_density(void) {
  struct pool_cost cost;
  pool_start(UINT32_C(64) * 1024);
  while (pool_alloc(16, &cost))
    ;
  output_word("objects");
  output_number(pool.count);
  output_line();
}

void suite_sizes(const struct trace *trace, uint32_t seed, uint32_t count) {
  struct random random = random_start(seed);
  for (uint32_t i = 0; i < count; i++) {
    output_word("size");
    output_number(trace->size(&random, trace->arena));
    output_line();
  }
}
