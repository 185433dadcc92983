#include "output.h"
#include "pool.h"
#include "suites.h"

#define CHURN_TURNS 6000

static void ignore_alloc(bool granted, struct pool_cost cost) { (void)granted, (void)cost; }
static void ignore_free(struct pool_cost cost) { (void)cost; }

/* Two allocations for each free, until one is refused. A refusal before that, in the churn, is
 * passed over: what is asked is how much fits into a heap that has been in use. */
static void grow(const struct trace *trace, struct random *random) {
  struct pool_cost cost;
  while (pool_alloc(trace->size(random, trace->arena), &cost))
    if (random_below(random, 2) == 0)
      pool_free_any(random, &cost);
}

void suite_utilisation(const struct trace *trace, uint32_t seeds) {
  for (uint32_t seed = 1; seed <= seeds; seed++) {
    struct random random = random_start(seed);
    pool_start(trace->arena);
    for (uint32_t i = 0; i < CHURN_TURNS; i++)
      pool_churn(trace, &random, ignore_alloc, ignore_free);
    grow(trace, &random);
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
