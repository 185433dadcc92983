#include "allocator.h"
#include "costs.h"
#include "count.h"
#include "output.h"
#include "pool.h"
#include "recorded.h"
#include "suites.h"

#define ARENA_STEP 64
#define ARENA_ENOUGH (UINT32_C(480) * 1024) /* within the reach of 16-bit links */

static struct costs alloc_costs;
static struct costs free_costs;
static struct costs settle_costs;

/* The slots, and which of them are free: the lowest is found from a bit for each. */
static struct pool_block slots[POOL_BLOCKS_MAX];
static uint32_t slot_is_free[POOL_BLOCKS_MAX / 32];

static void slots_clear(void) {
  if (recorded_slots > POOL_BLOCKS_MAX)
    output_fail("recorded", "needs more slots than there are");
  for (uint32_t word = 0; word < POOL_BLOCKS_MAX / 32; word++)
    slot_is_free[word] = UINT32_MAX;
}

static uint32_t slot_take(void) {
  uint32_t word = 0;
  while (slot_is_free[word] == 0)
    word++;
  uint32_t bit = (uint32_t)__builtin_ctz(slot_is_free[word]);
  slot_is_free[word] &= slot_is_free[word] - 1;
  return word * 32 + bit;
}

static void replay_free(uint32_t slot) {
  slot_is_free[slot / 32] |= UINT32_C(1) << slot % 32;
  uint32_t from = count_now();
  bench_free(slots[slot].pointer, slots[slot].size, POOL_ALIGN);
  costs_add(&free_costs, count_since(from));
  from = count_now();
  bench_settle();
  if (BENCH_SETTLES)
    costs_add(&settle_costs, count_since(from));
}

static bool replay_alloc(uint32_t size) {
  uint32_t from = count_now();
  unsigned char *pointer = bench_alloc(size, POOL_ALIGN);
  costs_add(&alloc_costs, count_since(from));
  if (pointer == NULL)
    return false;
  pointer[0] = pointer[size - 1] = 1;
  slots[slot_take()] = (struct pool_block){pointer, size};
  return true;
}

/* Whether the whole program runs in so large an arena. */
static bool replay(uint32_t arena) {
  slots_clear();
  pool_start(arena);
  for (uint32_t i = 0; i < recorded_count; i++) {
    uint32_t operation = recorded_operations[i];
    if (operation & RECORDED_FREE)
      replay_free(operation & ~RECORDED_FREE);
    else if (!replay_alloc(operation))
      return false;
  }
  return true;
}

/* By halving: as if what fits an arena fitted every larger one too. */
void suite_recorded_arena(void) {
  uint32_t too_small = recorded_peak / ARENA_STEP;
  uint32_t enough = ARENA_ENOUGH / ARENA_STEP;
  if (!replay(enough * ARENA_STEP))
    output_fail("recorded", "does not fit the largest arena");
  while (enough - too_small > 1) {
    uint32_t middle = too_small + (enough - too_small) / 2;
    if (replay(middle * ARENA_STEP))
      enough = middle;
    else
      too_small = middle;
  }
  output_word("arena");
  output_number(enough * ARENA_STEP);
  output_line();
}

void suite_recorded_latency(uint32_t arena) {
  costs_clear(&alloc_costs);
  costs_clear(&free_costs);
  costs_clear(&settle_costs);
  if (!replay(arena))
    output_fail("recorded", "does not fit the arena");
  costs_output(&alloc_costs, "recorded", "alloc");
  costs_output(&free_costs, "recorded", "free");
  costs_output(&settle_costs, "recorded", "settle");
}
