/* Small scope, all of it: every order in which a few blocks of a few sizes can come and go. Sizes
 * are a smallest block, one that leaves single granules behind, and one that is not small. */
#include "check.h"
#include "model.h"

/* One thread's work gains nothing from the thread sanitizer. */
#if __STDC_HOSTED__ && !__SANITIZE_THREAD__
#define INTERLEAVED 4
#define PERMUTED 6
#else
#define INTERLEAVED 3
#define PERMUTED 4
#endif

static const size_t sizes[] = {16, 24, 136};
#define SIZES (sizeof sizes / sizeof sizes[0])

static _Alignas(8) unsigned char arena[1024];
static struct model model;

/* The number'th choice of a size for each block. */
static struct weir_layout choice(size_t number, size_t block) {
  for (size_t i = 0; i < block; i++)
    number /= SIZES;
  return (struct weir_layout){sizes[number % SIZES], 1};
}

static size_t power(size_t base, size_t exponent) {
  size_t result = 1;
  while (exponent-- > 0)
    result *= base;
  return result;
}

/* Turn a sequence into the next greater one of the same items; false after the greatest. */
static bool next_order(unsigned char *order, size_t length) {
  size_t at = length - 1;
  while (at > 0 && order[at - 1] >= order[at])
    at--;
  if (at == 0)
    return false;
  size_t swap = length - 1;
  while (order[swap] <= order[at - 1])
    swap--;
  unsigned char held = order[swap];
  order[swap] = order[at - 1];
  order[at - 1] = held;
  for (size_t low = at, high = length - 1; low < high; low++, high--) {
    held = order[low];
    order[low] = order[high];
    order[high] = held;
  }
  return true;
}

/* The first time a block is named it comes, the second time it goes. The arena is so small that
 * some are refused, which the model judges. */
static void play(const unsigned char *order, size_t length, size_t number, size_t drain) {
  model_start(&model, arena, 720);
  for (size_t i = 0; i < length; i++) {
    if (model.blocks[order[i]].pointer == NULL)
      model_alloc(&model, order[i], choice(number, order[i]));
    else
      model_free(&model, order[i], false);
    model_drain(&model, drain);
    CHECK(weir_heap_check(&model.heap));
  }
  model_finish(&model);
}

static void blocks_that_come_and_go_in_any_order(void) {
  unsigned char order[2 * INTERLEAVED];
  for (size_t i = 0; i < sizeof order; i++)
    order[i] = (unsigned char)(i / 2);
  do
    for (size_t number = 0; number < power(SIZES, INTERLEAVED); number++)
      for (size_t drain = 0; drain < 2; drain++)
        play(order, sizeof order, number, drain);
  while (next_order(order, sizeof order));
}

static void blocks_that_all_come_and_go_in_any_order(void) {
  unsigned char order[PERMUTED];
  for (size_t i = 0; i < PERMUTED; i++)
    order[i] = (unsigned char)i;
  do
    for (size_t number = 0; number < power(SIZES, PERMUTED); number++) {
      CHECK_EQUAL(weir_heap_init(&model.heap, arena, sizeof arena), WEIR_OK);
      void *blocks[PERMUTED];
      for (size_t i = 0; i < PERMUTED; i++)
        blocks[i] = weir_heap_try_alloc(&model.heap, choice(number, i));
      for (size_t i = 0; i < PERMUTED; i++) {
        weir_heap_free(&model.heap, blocks[order[i]], choice(number, order[i]));
        if (order[0] % 2 == 0)
          weir_heap_drain(&model.heap, 1);
      }
      weir_heap_drain(&model.heap, SIZE_MAX);
      struct weir_heap_stats stats = weir_heap_stats(&model.heap);
      CHECK(stats.largest_free == stats.capacity && stats.used == 0);
    }
  while (next_order(order, PERMUTED));
}

int main(void) {
  RUN(blocks_that_come_and_go_in_any_order);
  RUN(blocks_that_all_come_and_go_in_any_order);
  return check_summary("heap_exhaustive");
}
