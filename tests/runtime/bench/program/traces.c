#include "traces.h"

#include <stddef.h>
#include <string.h>

#define KIB(n) (UINT32_C(1024) * (n))

static uint32_t uniform(struct random *random, uint32_t arena) {
  (void)arena;
  return random_between(random, 16, 1024);
}

/* Many small ones, and now and then a buffer. */
static uint32_t small_or(struct random *random, uint32_t largest) {
  if (random_below(random, 10) == 0)
    return random_between(random, 2048, largest);
  return random_between(random, 16, 128);
}

static uint32_t bimodal(struct random *random, uint32_t arena) {
  return small_or(random, arena / 8 < KIB(16) ? arena / 8 : KIB(16));
}

static uint32_t bimodal_eighth(struct random *random, uint32_t arena) {
  return small_or(random, arena / 8);
}

/* Every octave from 16 to 4096 as likely as the others, every size within it too. */
static uint32_t log_uniform(struct random *random, uint32_t arena) {
  (void)arena;
  uint32_t low = UINT32_C(16) << random_below(random, 8);
  return random_between(random, low, 2 * low - 1);
}

#define CHURN_PERCENT 60

static const struct trace traces[] = {
    /* How long: churn at this level. */
    {"uniform64k70", uniform, KIB(64), 70},
    {"uniform1m90", uniform, KIB(1024), 90},
    {"bimodal64k70", bimodal, KIB(64), 70},
    {"loguniform64k70", log_uniform, KIB(64), 70},
    /* How much: churn, then grow to the first failure. */
    {"uniform64k", uniform, KIB(64), CHURN_PERCENT},
    {"uniform256k", uniform, KIB(256), CHURN_PERCENT},
    {"uniform1m", uniform, KIB(1024), CHURN_PERCENT},
    {"bimodal64k", bimodal, KIB(64), CHURN_PERCENT},
    {"bimodal256k", bimodal, KIB(256), CHURN_PERCENT},
    {"bimodal1m", bimodal, KIB(1024), CHURN_PERCENT},
    {"eighth256k", bimodal_eighth, KIB(256), CHURN_PERCENT},
    {"eighth1m", bimodal_eighth, KIB(1024), CHURN_PERCENT},
    {"loguniform64k", log_uniform, KIB(64), CHURN_PERCENT},
    {"loguniform256k", log_uniform, KIB(256), CHURN_PERCENT},
    {"loguniform1m", log_uniform, KIB(1024), CHURN_PERCENT},
};

const struct trace *trace_find(const char *name) {
  for (size_t i = 0; i < sizeof traces / sizeof traces[0]; i++)
    if (strcmp(traces[i].name, name) == 0)
      return &traces[i];
  return NULL;
}
