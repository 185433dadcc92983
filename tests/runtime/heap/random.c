/* Long random lives against the model, from fixed seeds. */
#include "check.h"
#include "model.h"

#if __SANITIZE_THREAD__
#define SEEDS 2
#define ROUNDS 60
#elif __STDC_HOSTED__
#define SEEDS 16
#define ROUNDS 120
#else
#define SEEDS 4
#define ROUNDS 40
#endif
#define STEPS 24

static _Alignas(512) unsigned char arena[MODEL_GRANULES * WEIR_HEAP_GRANULE];
static struct model model;

static uint32_t next_random(uint32_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 17;
  *state ^= *state << 5;
  return *state;
}

static void live(uint32_t seed, size_t bytes, size_t skew) {
  uint32_t state = seed * UINT32_C(2654435761) + 1;
  model_start(&model, arena + skew, bytes);
  for (int round = 0; round < ROUNDS; round++) {
    unsigned char script[3 * STEPS];
    for (size_t i = 0; i < sizeof script; i++)
      script[i] = (unsigned char)(next_random(&state) >> 24);
    model_run(&model, script, sizeof script);
    model_compare(&model);
  }
  model_finish(&model);
}

static void in_arenas_of_many_sizes(void) {
  for (uint32_t seed = 1; seed <= SEEDS; seed++)
    for (size_t bytes = 512; bytes <= sizeof arena; bytes *= 4)
      live(seed, bytes + seed % 3 * 24 > sizeof arena ? bytes : bytes + seed % 3 * 24, 0);
}

static void in_arenas_that_start_anywhere(void) {
  for (uint32_t seed = 1; seed <= SEEDS; seed++)
    live(seed + 1000, sizeof arena / 2, seed % 64);
}

int main(void) {
  RUN(in_arenas_of_many_sizes);
  RUN(in_arenas_that_start_anywhere);
  return check_summary("heap_random");
}
