/* The policy of weir/waiters.h where several of a class wait, and its corners. */
#include "weir/alloc.h"

#include "check.h"
#include "fake_port.h"
#include "fixture.h"

static struct fixture at;
static struct counter waker;

static void setup(uint32_t bypass) {
  fake_port_reset();
  fixture_fill(&at);
  counter_init(&waker);
  weir_heap_set_bypass(&at.heap, bypass);
}

static void wait_for(struct weir_alloc *alloc, size_t count) {
  CHECK(weir_alloc_start(alloc, &at.heap, units(count), &waker.waker) == WEIR_PENDING);
}

static bool is_granted(const struct weir_alloc *alloc) {
  return alloc->waiter.state == WEIR_WAITER_GRANTED;
}

static void free_units(unsigned first, unsigned count) {
  for (unsigned i = first; i < first + count; i++)
    fixture_free(&at, i);
  weir_heap_drain(&at.heap, SIZE_MAX);
}

static void end(struct weir_alloc *allocs, unsigned count) {
  for (unsigned i = 0; i < count; i++)
    weir_alloc_drop(&allocs[i]);
  fixture_end(&at);
}

static void a_hole_too_small_for_the_oldest_goes_to_the_largest_that_fits(void) {
  struct weir_alloc allocs[4] = {0};
  setup(10);
  wait_for(&allocs[0], 7);
  wait_for(&allocs[1], 4);
  wait_for(&allocs[2], 6);
  wait_for(&allocs[3], 5);
  free_units(2, 6);
  CHECK(is_granted(&allocs[2]));
  CHECK_EQUAL(weir_heap_stats(&at.heap).wait.waiters, 3);
  end(allocs, 4);
}

static void only_the_oldest_eight_of_a_class_are_looked_at(void) {
  struct weir_alloc allocs[9] = {0};
  setup(10);
  for (unsigned i = 0; i < 8; i++)
    wait_for(&allocs[i], 7);
  wait_for(&allocs[8], 4);
  free_units(2, 4);
  CHECK(!is_granted(&allocs[8]));
  weir_alloc_drop(&allocs[0]);
  CHECK(is_granted(&allocs[8]));
  end(allocs, 9);
}

/* The third is younger than the second, though its class is looked at first. */
static void one_of_an_older_class_does_not_pass_an_older_one_of_a_younger(void) {
  struct weir_alloc allocs[3] = {0};
  setup(1);
  wait_for(&allocs[0], 7);
  wait_for(&allocs[1], 1);
  wait_for(&allocs[2], 4);
  free_units(2, 4);
  CHECK(!is_granted(&allocs[2]));
  CHECK(is_granted(&allocs[1]));
  end(allocs, 3);
}

/* The first lets little pass, the second much: the first counts. */
static void the_least_of_all_budgets_counts(void) {
  struct weir_alloc allocs[3] = {0};
  setup(1);
  wait_for(&allocs[0], 2);
  wait_for(&allocs[1], 15);
  wait_for(&allocs[2], 4);
  CHECK(at.queue.classes != 0);
  allocs[0].waiter.align_log2 = 11; // nothing that is free will do
  free_units(4, 4);
  CHECK(!is_granted(&allocs[2]));
  end(allocs, 3);
}

static void age_survives_the_end_of_the_tickets(void) {
  struct weir_alloc allocs[2] = {0};
  setup(0);
  at.queue.ticket = UINT32_MAX - 1;
  wait_for(&allocs[0], 1);
  wait_for(&allocs[1], 4);
  free_units(2, 4);
  CHECK(is_granted(&allocs[0]));
  CHECK(!is_granted(&allocs[1]));
  end(allocs, 2);
}

static void the_end_of_a_shrunk_block_is_handed_on(void) {
  struct weir_alloc allocs[2] = {0};
  void *block;
  setup(10);
  free_units(2, 4);
  CHECK(weir_alloc_start(&allocs[0], &at.heap, units(4), &waker.waker) == WEIR_READY);
  block = weir_alloc_take(&allocs[0]);
  wait_for(&allocs[1], 2);
  weir_heap_shrink(&at.heap, block, units(4), 2 * FIXTURE_UNIT);
  CHECK(is_granted(&allocs[1]));
  weir_heap_free(&at.heap, block, units(2));
  end(allocs, 2);
}

/* Two of six units may pass one of seven, when B is 2; a third would be 18 units. */
static void those_of_its_class_use_a_waiters_budget_too(void) {
  struct weir_alloc allocs[4] = {0};
  setup(2);
  for (unsigned i = 0; i < 4; i++)
    wait_for(&allocs[i], i == 0 ? 7 : 6);
  free_units(2, 6);
  for (unsigned i = 1; i < 3; i++) {
    CHECK(is_granted(&allocs[i]));
    weir_heap_free(&at.heap, weir_alloc_take(&allocs[i]), units(6));
    weir_heap_drain(&at.heap, SIZE_MAX);
  }
  CHECK(!is_granted(&allocs[3]));
  end(allocs, 4);
}

static void look_when_woken(void *context) {
  const struct weir_alloc *alloc = context;
  CHECK(is_granted(alloc));
  CHECK(alloc->waiter.memory != NULL);
}

static void the_memory_is_there_before_the_wake(void) {
  struct weir_alloc alloc = {0};
  struct weir_waker looking = {look_when_woken, &alloc};
  setup(10);
  CHECK(weir_alloc_start(&alloc, &at.heap, units(1), &looking) == WEIR_PENDING);
  free_units(2, 1);
  CHECK(is_granted(&alloc));
  end(&alloc, 1);
}

int main(void) {
  RUN(a_hole_too_small_for_the_oldest_goes_to_the_largest_that_fits);
  RUN(only_the_oldest_eight_of_a_class_are_looked_at);
  RUN(one_of_an_older_class_does_not_pass_an_older_one_of_a_younger);
  RUN(the_least_of_all_budgets_counts);
  RUN(age_survives_the_end_of_the_tickets);
  RUN(those_of_its_class_use_a_waiters_budget_too);
  RUN(the_memory_is_there_before_the_wake);
  RUN(the_end_of_a_shrunk_block_is_handed_on);
  return check_summary("async/policy");
}
