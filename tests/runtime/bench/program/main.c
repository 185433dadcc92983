/* One allocator, measured: bench SUITE ARGUMENT...
 *
 *   latency TRACE...             checkerboard             density
 *   utilisation SEEDS TRACE...   recorded-arena           recorded-latency ARENA
 *   sizes SEED COUNT TRACE       push */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "count.h"
#include "output.h"
#include "suites.h"

static const char *const *words;

static const char *next_word(void) {
  if (*words == NULL)
    output_fail("arguments", "there are too few");
  return *words++;
}

static uint32_t next_number(void) {
  uint32_t number = 0;
  for (const char *digit = next_word(); *digit != '\0'; digit++) {
    if (*digit < '0' || *digit > '9')
      output_fail(digit, "is no number");
    number = number * 10 + (uint32_t)(*digit - '0');
  }
  return number;
}

static const struct trace *next_trace(void) {
  const char *name = next_word();
  const struct trace *trace = trace_find(name);
  if (trace == NULL)
    output_fail(name, "is no trace");
  return trace;
}

static void latency(void) {
  while (*words != NULL)
    suite_latency(next_trace());
}

static void utilisation(void) {
  uint32_t seeds = next_number();
  while (*words != NULL)
    suite_utilisation(next_trace(), seeds);
}

static void recorded_latency(void) { suite_recorded_latency(next_number()); }

static void sizes(void) {
  uint32_t seed = next_number();
  uint32_t count = next_number();
  suite_sizes(next_trace(), seed, count);
}

static const struct {
  const char *name;
  void (*run)(void);
} suites[] = {
    {"latency", latency},
    {"checkerboard", suite_checkerboard},
    {"density", suite_density},
    {"utilisation", utilisation},
    {"recorded-arena", suite_recorded_arena},
    {"recorded-latency", recorded_latency},
    {"sizes", sizes},
};

static void run(const char *suite) {
  for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++) {
    if (strcmp(suites[i].name, suite) == 0) {
      suites[i].run();
      return;
    }
  }
  output_fail(suite, "is no suite");
}

int main(int argc, char **argv) {
  words = output_arguments(argc, argv);
  (void)next_word();
  const char *suite = next_word();
  /* Only what counts instructions needs a clock that is exact. */
  bool counts = strcmp(suite, "latency") == 0 || strcmp(suite, "checkerboard") == 0 ||
                strcmp(suite, "recorded-latency") == 0;
  if (!count_calibrate() && counts)
    output_fail("clock", "does not count instructions exactly: run with -icount shift=7");
  run(suite);
  output_word("done");
  output_line();
  return 0;
}
