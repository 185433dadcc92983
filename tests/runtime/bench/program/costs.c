#include "costs.h"

#include "output.h"

void costs_clear(struct costs *costs) {
  for (uint32_t cost = 0; cost <= COSTS_MAX; cost++)
    costs->seen[cost] = 0;
}

void costs_add(struct costs *costs, uint32_t cost) {
  costs->seen[cost < COSTS_MAX ? cost : COSTS_MAX]++;
}

void costs_output(const struct costs *costs, const char *trace, const char *operation) {
  for (uint32_t cost = 0; cost <= COSTS_MAX; cost++) {
    if (costs->seen[cost] == 0)
      continue;
    output_word("costs");
    output_word(trace);
    output_word(operation);
    output_number(cost);
    output_number(costs->seen[cost]);
    output_line();
  }
}
