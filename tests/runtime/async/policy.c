/* The policy of weir/waiters.h where several wait, and its corners. Classes are as wide as a unit
 * of the fixture. */
#include "weir/alloc.h"

#include "check.h"
#include "fake_port.h"
#include "fixture.h"

#define WIDE 100000u /* a bypass that no test exhausts */

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
  setup(WIDE);
  wait_for(&allocs[0], 7);
  wait_for(&allocs[1], 4);
  wait_for(&allocs[2], 6);
  wait_for(&allocs[3], 5);
  free_units(2, 6);
  CHECK(is_granted(&allocs[2]));
  CHECK_EQUAL(weir_heap_stats(&at.heap).wait.waiters, 3);
  end(allocs, 4);
}

static void among_those_of_a_size_the_oldest_is_first(void) {
  struct weir_alloc allocs[2] = {0};
  setup(WIDE);
  wait_for(&allocs[0], 4);
  wait_for(&allocs[1], 4);
  free_units(2, 4);
  CHECK(is_granted(&allocs[0]));
  CHECK(!is_granted(&allocs[1]));
  end(allocs, 2);
}

/* A 64th of the heap is what it takes to be of another class. */
static void only_the_oldest_of_a_class_is_looked_at(void) {
  struct weir_alloc allocs[2] = {0};
  setup(WIDE);
  CHECK(weir_alloc_start(&allocs[0], &at.heap, bytes(4 * FIXTURE_UNIT + 8), &waker.waker) ==
        WEIR_PENDING);
  wait_for(&allocs[1], 4);
  free_units(2, 4);
  CHECK(!is_granted(&allocs[1]));
  weir_alloc_drop(&allocs[0]);
  CHECK(is_granted(&allocs[1]));
  end(allocs, 2);
}

/* What is as large as half of the heap is of one class. */
static void the_largest_are_of_the_last_class(void) {
  struct weir_alloc allocs[3] = {0};
  setup(WIDE);
  wait_for(&allocs[0], 33);
  wait_for(&allocs[1], 48);
  wait_for(&allocs[2], 1);
  free_units(2, 1);
  CHECK(is_granted(&allocs[2]));
  free_units(3, 40);
  CHECK(is_granted(&allocs[0]));
  end(allocs, 3);
}

/* Requests of `count` units that go through a hole of that size, one after the other. */
static unsigned pass(size_t count, unsigned most) {
  struct weir_alloc alloc = {0};
  unsigned passed = 0;
  while (passed < most &&
         weir_alloc_start(&alloc, &at.heap, units(count), &waker.waker) == WEIR_READY) {
    weir_heap_free(&at.heap, weir_alloc_take(&alloc), units(count));
    passed++;
  }
  weir_alloc_drop(&alloc);
  return passed;
}

/* Four units are 257 bytes of age: the waiter is aged after the seventh, at 1600. */
static void an_aged_waiter_lets_only_small_ones_pass(void) {
  struct weir_alloc alloc = {0};
  setup(2000);
  wait_for(&alloc, 15);
  free_units(2, 4);
  CHECK_EQUAL(pass(4, 100), 7);
  CHECK_EQUAL(pass(3, 100), 0);
  CHECK_EQUAL(pass(2, 1), 1);
  CHECK_EQUAL(pass(1, 100), 1); // and then the bypass is used up
  end(&alloc, 1);
}

/* The second is aged when the hole it needs is there, the third is not. */
static void an_aged_waiter_lets_another_pass(void) {
  struct weir_alloc allocs[3] = {0};
  setup(4000);
  wait_for(&allocs[0], 15);
  wait_for(&allocs[1], 5);
  free_units(2, 4);
  CHECK_EQUAL(pass(4, 100), 13);
  wait_for(&allocs[2], 6);
  free_units(6, 2);
  CHECK(is_granted(&allocs[1]));
  CHECK(!is_granted(&allocs[2]));
  end(allocs, 3);
}

static void of_the_aged_the_oldest_is_first(void) {
  struct weir_alloc allocs[2] = {0};
  setup(4000);
  wait_for(&allocs[0], 5);
  wait_for(&allocs[1], 8);
  free_units(2, 4);
  CHECK_EQUAL(pass(4, 100), 13);
  free_units(6, 4);
  CHECK(is_granted(&allocs[0]));
  CHECK(!is_granted(&allocs[1]));
  end(allocs, 2);
}

/* An over-aligned one can be passed by what is larger, and stops it when the bypass is used up. */
static void no_size_is_exempt_from_the_bound(void) {
  struct weir_alloc allocs[3] = {0};
  setup(100);
  CHECK(weir_alloc_start(&allocs[0], &at.heap, (struct weir_layout){64, 2048}, &waker.waker) ==
        WEIR_PENDING);
  wait_for(&allocs[1], 2);
  wait_for(&allocs[2], 1);
  free_units(4, 2);
  CHECK(!is_granted(&allocs[1]));
  CHECK(is_granted(&allocs[2]));
  end(allocs, 3);
}

/* The oldest leaves, so that the next oldest has to be found. */
static void age_survives_the_end_of_the_tickets(void) {
  struct weir_alloc allocs[3] = {0};
  setup(0);
  at.queue.clock = UINT32_MAX - 2;
  wait_for(&allocs[0], 8);
  wait_for(&allocs[1], 1);
  wait_for(&allocs[2], 4);
  CHECK(allocs[2].waiter.ticket < allocs[1].waiter.ticket);
  weir_alloc_drop(&allocs[0]);
  free_units(2, 4);
  CHECK(is_granted(&allocs[1]));
  CHECK(!is_granted(&allocs[2]));
  end(allocs, 3);
}

static void the_end_of_a_shrunk_block_is_handed_on(void) {
  struct weir_alloc allocs[2] = {0};
  void *block;
  setup(WIDE);
  free_units(2, 4);
  CHECK(weir_alloc_start(&allocs[0], &at.heap, units(4), &waker.waker) == WEIR_READY);
  block = weir_alloc_take(&allocs[0]);
  wait_for(&allocs[1], 2);
  weir_heap_shrink(&at.heap, block, units(4), 2 * FIXTURE_UNIT);
  CHECK(is_granted(&allocs[1]));
  weir_heap_free(&at.heap, block, units(2));
  end(allocs, 2);
}

/* Where a hole is beside what was freed, both together may be for another. */
static void a_block_beside_a_hole_is_not_handed_over(void) {
  struct weir_alloc allocs[3] = {0};
  void *pair;
  setup(WIDE);
  free_units(2, 2);
  pair = weir_heap_try_alloc(&at.heap, units(2));
  CHECK(pair == (char *)at.held[1] + FIXTURE_UNIT);
  wait_for(&allocs[0], 3);
  wait_for(&allocs[1], 2);
  free_units(4, 1);
  weir_heap_free(&at.heap, pair, units(2));
  weir_heap_drain(&at.heap, SIZE_MAX);
  CHECK(is_granted(&allocs[0]));
  CHECK(!is_granted(&allocs[1]));
  end(allocs, 3);
}

/* What comes back fills the gap between two holes; of all three a request of `count` is cut, and
 * `before` units stay free below it. */
static void pass_on_between_holes(unsigned first, unsigned gap, unsigned last, size_t count,
                                  unsigned before) {
  struct weir_alloc alloc = {0};
  setup(WIDE);
  char *expected = (char *)at.held[first] + before * FIXTURE_UNIT;
  free_units(first, gap - first);
  free_units(gap + 1, last - gap);
  wait_for(&alloc, count);
  free_units(gap, 1);
  CHECK(is_granted(&alloc));
  CHECK(weir_heap_check(&at.heap));
  CHECK(weir_alloc_take(&alloc) == expected);
  CHECK_EQUAL(weir_heap_stats(&at.heap).largest_free, (last - first + 1 - count) * FIXTURE_UNIT);
  __builtin_memset(expected, 0x5a, count * FIXTURE_UNIT);
  CHECK(weir_heap_check(&at.heap));
  weir_heap_free(&at.heap, expected, units(count));
  end(&alloc, 1);
}

static void a_small_one_is_cut_low_of_what_came_back(void) { pass_on_between_holes(4, 5, 6, 2, 0); }

static void a_large_one_is_cut_high_of_what_came_back(void) {
  pass_on_between_holes(3, 5, 6, 3, 1);
}

/* Several that come back at once are merged before anybody is looked for. */
static void what_came_back_together_is_handed_out_together(void) {
  struct weir_alloc allocs[2] = {0};
  setup(WIDE);
  wait_for(&allocs[0], 1);
  wait_for(&allocs[1], 3);
  free_units(2, 3);
  CHECK(is_granted(&allocs[1]));
  CHECK(!is_granted(&allocs[0]));
  end(allocs, 2);
}

/* Both are of a class, and the first is too long for the hole by less than a class. */
static void one_too_long_does_not_hide_the_others(void) {
  struct weir_alloc allocs[2] = {0};
  setup(WIDE);
  CHECK(weir_alloc_start(&allocs[0], &at.heap, bytes(FIXTURE_UNIT + 8), &waker.waker) ==
        WEIR_PENDING);
  CHECK(weir_alloc_start(&allocs[1], &at.heap, bytes(FIXTURE_UNIT - 8), &waker.waker) ==
        WEIR_PENDING);
  free_units(5, 1);
  CHECK(!is_granted(&allocs[0]));
  CHECK(is_granted(&allocs[1]));
  end(allocs, 2);
}

static void a_block_of_the_size_asked_for_is_handed_over_whole(void) {
  struct weir_alloc alloc = {0};
  void *block = NULL;
  setup(WIDE);
  wait_for(&alloc, 1);
  block = at.held[5];
  free_units(5, 1);
  CHECK(weir_alloc_take(&alloc) == block);
  __builtin_memset(block, 0, FIXTURE_UNIT);
  weir_heap_free(&at.heap, block, units(1)); // it lives, so it may be freed
  end(&alloc, 1);
}

/* The first looks as if it fitted, for holes are told apart by an eighth. */
static void a_refusal_does_not_end_the_search(void) {
  struct weir_alloc allocs[2] = {0};
  setup(WIDE);
  CHECK(weir_alloc_start(&allocs[0], &at.heap, bytes(4 * FIXTURE_UNIT + 24), &waker.waker) ==
        WEIR_PENDING);
  wait_for(&allocs[1], 3);
  free_units(2, 4);
  CHECK(!is_granted(&allocs[0]));
  CHECK(is_granted(&allocs[1]));
  end(allocs, 2);
}

/* A unit is cut in two; one of the two is not aligned to 16. */
static void a_block_that_is_not_aligned_is_not_handed_over(void) {
  static const size_t sizes[2] = {24, 40};
  struct weir_alloc alloc = {0};
  void *cut[2], *rest[FIXTURE_UNIT / WEIR_HEAP_BLOCK_MIN];
  unsigned odd, count = 0;
  setup(WIDE);
  while ((rest[count] = weir_heap_try_alloc(&at.heap, bytes(WEIR_HEAP_BLOCK_MIN))) != NULL)
    count++;
  free_units(5, 1);
  cut[0] = weir_heap_try_alloc(&at.heap, bytes(sizes[0]));
  cut[1] = weir_heap_try_alloc(&at.heap, bytes(sizes[1]));
  odd = (uintptr_t)cut[0] % 16 == 0;
  CHECK(cut[0] != NULL && (uintptr_t)cut[odd] % 16 != 0);
  CHECK(weir_alloc_start(&alloc, &at.heap, (struct weir_layout){sizes[odd], 16}, &waker.waker) ==
        WEIR_PENDING);
  weir_heap_free(&at.heap, cut[odd], bytes(sizes[odd]));
  weir_heap_drain(&at.heap, SIZE_MAX);
  CHECK(!is_granted(&alloc));
  while (count > 0)
    weir_heap_free(&at.heap, rest[--count], bytes(WEIR_HEAP_BLOCK_MIN));
  weir_heap_free(&at.heap, cut[!odd], bytes(sizes[!odd]));
  end(&alloc, 1);
}

static void look_when_woken(void *context) {
  const struct weir_alloc *alloc = context;
  CHECK(is_granted(alloc));
  CHECK(alloc->waiter.memory != NULL);
}

static void the_memory_is_there_before_the_wake(void) {
  struct weir_alloc alloc = {0};
  struct weir_waker looking = {look_when_woken, &alloc};
  setup(WIDE);
  CHECK(weir_alloc_start(&alloc, &at.heap, units(1), &looking) == WEIR_PENDING);
  free_units(2, 1);
  CHECK(is_granted(&alloc));
  end(&alloc, 1);
}

int main(void) {
  RUN(a_hole_too_small_for_the_oldest_goes_to_the_largest_that_fits);
  RUN(among_those_of_a_size_the_oldest_is_first);
  RUN(only_the_oldest_of_a_class_is_looked_at);
  RUN(the_largest_are_of_the_last_class);
  RUN(an_aged_waiter_lets_only_small_ones_pass);
  RUN(an_aged_waiter_lets_another_pass);
  RUN(of_the_aged_the_oldest_is_first);
  RUN(no_size_is_exempt_from_the_bound);
  RUN(a_block_beside_a_hole_is_not_handed_over);
  RUN(a_small_one_is_cut_low_of_what_came_back);
  RUN(a_large_one_is_cut_high_of_what_came_back);
  RUN(what_came_back_together_is_handed_out_together);
  RUN(one_too_long_does_not_hide_the_others);
  RUN(a_block_of_the_size_asked_for_is_handed_over_whole);
  RUN(a_refusal_does_not_end_the_search);
  RUN(a_block_that_is_not_aligned_is_not_handed_over);
  RUN(age_survives_the_end_of_the_tickets);
  RUN(the_memory_is_there_before_the_wake);
  RUN(the_end_of_a_shrunk_block_is_handed_on);
  return check_summary("async/policy");
}
