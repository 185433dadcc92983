/* Random lives of the containers against their model; the fuzzer of tests/fuzz has longer ones. */
#include "check.h"
#include "model.h"

#define SCRIPT 1500u

static void random_lives(void) {
  static unsigned char script[SCRIPT];
  uint32_t state = 1;
  for (unsigned life = 0; life < 100; life++) {
    for (unsigned i = 0; i < SCRIPT; i++) {
      state = state * UINT32_C(1664525) + UINT32_C(1013904223);
      script[i] = (unsigned char)(state >> 24);
    }
    model_run(script, SCRIPT);
  }
}

int main(void) {
  RUN(random_lives);
  return check_summary("collections/random");
}
