/* The contract of weir/group.h. */
#include "weir/group.h"

#include "check.h"
#include "fake_port.h"
#include "fixture.h"

static struct fixture at;
static struct counter waker, other;
static struct weir_group group;
static struct weir_part parts[3];

static void setup(void) {
  fake_port_reset();
  fixture_fill(&at);
  counter_init(&waker);
  counter_init(&other);
  group = (struct weir_group){0};
}

static enum weir_poll start(size_t first, size_t second) {
  parts[0] = (struct weir_part){units(first), NULL};
  parts[1] = (struct weir_part){units(second), NULL};
  return weir_group_start(&group, &at.heap, parts, 2, &waker.waker);
}

static void free_units(unsigned first, unsigned count) {
  for (unsigned i = first; i < first + count; i++)
    fixture_free(&at, i);
  weir_heap_drain(&at.heap, SIZE_MAX);
}

static void take_and_free(void) {
  CHECK(weir_group_take(&group));
  CHECK(parts[0].memory != NULL && parts[1].memory != NULL);
  for (unsigned i = 0; i < 2; i++)
    weir_heap_free(&at.heap, parts[i].memory, parts[i].layout);
  CHECK(!weir_group_take(&group));
}

static size_t used(void) { return weir_heap_stats(&at.heap).used; }

static void all_parts_at_once_when_they_are_there(void) {
  setup();
  free_units(2, 3);
  CHECK(start(2, 1) == WEIR_READY);
  CHECK(parts[0].memory != parts[1].memory);
  take_and_free();
  CHECK_EQUAL(waker.wakes, 0);
  fixture_end(&at);
}

static void nothing_is_held_while_a_part_is_missing(void) {
  size_t before;
  setup();
  free_units(2, 2);
  before = used();
  CHECK(start(2, 1) == WEIR_PENDING);
  CHECK_EQUAL(used(), before);
  free_units(7, 1);
  CHECK_EQUAL(waker.wakes, 1);
  CHECK(weir_group_poll(&group) == WEIR_READY);
  take_and_free();
  fixture_end(&at);
}

/* Each for the other what philosophers are: both take two of two, and nobody starves. */
static void two_groups_for_the_same_memory_are_served_in_turn(void) {
  struct weir_group second = {0};
  struct weir_part its[2] = {{units(1), NULL}, {units(1), NULL}};
  setup();
  CHECK(start(1, 1) == WEIR_PENDING);
  CHECK(weir_group_start(&second, &at.heap, its, 2, &other.waker) == WEIR_PENDING);
  free_units(3, 1);
  CHECK_EQUAL(waker.wakes + other.wakes, 0);
  free_units(9, 1);
  CHECK_EQUAL(waker.wakes, 1);
  CHECK_EQUAL(other.wakes, 0);
  take_and_free();
  weir_heap_drain(&at.heap, SIZE_MAX);
  CHECK_EQUAL(other.wakes, 1);
  weir_group_drop(&second);
  fixture_end(&at);
}

static void parts_may_lie_apart(void) {
  setup();
  CHECK(start(3, 3) == WEIR_PENDING);
  free_units(2, 3);
  CHECK_EQUAL(waker.wakes, 0);
  free_units(20, 3);
  CHECK_EQUAL(waker.wakes, 1);
  take_and_free();
  fixture_end(&at);
}

static void stays_behind_a_waiter(uint32_t bypass) {
  struct weir_alloc alloc = {0};
  setup();
  weir_heap_set_bypass(&at.heap, bypass);
  CHECK(weir_alloc_start(&alloc, &at.heap, units(8), &other.waker) == WEIR_PENDING);
  free_units(2, 2);
  CHECK(start(1, 1) == WEIR_PENDING);
  weir_alloc_drop(&alloc);
  CHECK(weir_group_poll(&group) == WEIR_READY);
  take_and_free();
  fixture_end(&at);
}

static void a_group_does_not_get_past_a_waiter(void) { stays_behind_a_waiter(0); }

/* Both parts count: 128 bytes more than the bypass leaves. */
static void a_group_overtakes_by_all_its_bytes(void) { stays_behind_a_waiter(100); }

static void a_dropped_group_gives_all_back_and_serves_the_next(void) {
  struct weir_alloc alloc = {0};
  setup();
  CHECK(start(1, 1) == WEIR_PENDING);
  CHECK(weir_alloc_start(&alloc, &at.heap, units(2), &other.waker) == WEIR_PENDING);
  weir_heap_set_bypass(&at.heap, 0);
  free_units(4, 2);
  CHECK_EQUAL(waker.wakes, 1);
  CHECK_EQUAL(other.wakes, 0);
  weir_group_drop(&group);
  CHECK_EQUAL(other.wakes, 1);
  CHECK_EQUAL(weir_heap_stats(&at.heap).wait.cancels, 1);
  weir_alloc_drop(&alloc);
  fixture_end(&at);
}

static void a_waiting_group_may_be_dropped_or_timed_out(void) {
  struct weir_timers timers = {0};
  struct weir_timer timer = {0};
  setup();
  CHECK(start(1, 1) == WEIR_PENDING);
  weir_group_drop(&group);
  CHECK(start(1, 1) == WEIR_PENDING);
  weir_timer_start_after(&timer, &timers, 5, &waker.waker);
  fake_port.now += 5;
  weir_timers_expire(&timers, fake_port.now);
  CHECK(weir_select(weir_group_future(&group), weir_timer_future(&timer)) == WEIR_SECOND);
  CHECK_EQUAL(weir_heap_stats(&at.heap).wait.cancels, 1);
  CHECK_EQUAL(weir_heap_stats(&at.heap).wait.timeouts, 1);
  CHECK_EQUAL(weir_heap_stats(&at.heap).wait.waiters, 0);
  fixture_end(&at);
}

static void what_can_never_be_is_refused(void) {
  setup();
  CHECK(start(40, 40) == WEIR_READY);
  CHECK(!weir_group_take(&group));
  CHECK(weir_group_start(&group, &at.heap, parts, 0, &waker.waker) == WEIR_READY);
  CHECK(!weir_group_take(&group));
  CHECK_EQUAL(weir_heap_stats(&at.heap).refusals, 2);
  fixture_end(&at);
}

/* The smaller part is tried, and taken, before the larger turns out to be missing. */
static void a_try_in_vain_does_not_count_as_peak(void) {
  setup();
  free_units(2, 1);
  at.heap.peak = at.heap.used; // as if it had never been full
  CHECK(start(1, 2) == WEIR_PENDING);
  CHECK_EQUAL(weir_heap_stats(&at.heap).peak, used());
  weir_group_drop(&group);
  fixture_end(&at);
}

static void nor_as_the_peak_of_a_region(void) {
  static _Alignas(8) unsigned char memory[1024];
  struct weir_region region;
  setup();
  CHECK(weir_heap_add_region(&at.heap, &region, memory, sizeof memory) == WEIR_OK);
  CHECK(weir_heap_stats(&region.heap).largest_free >= FIXTURE_UNIT); // the smaller part fits
  CHECK(start(1, 32) == WEIR_PENDING);
  CHECK_EQUAL(weir_heap_stats(&region.heap).peak, 0);
  weir_group_drop(&group);
  at.heap.more = NULL; // the fixture's check is of one arena
  fixture_end(&at);
}

static void a_group_may_be_started_again_in_every_state(void) {
  setup();
  CHECK(start(1, 1) == WEIR_PENDING);
  CHECK(start(2, 1) == WEIR_PENDING);
  CHECK_EQUAL(weir_heap_stats(&at.heap).wait.waiters, 1);
  free_units(4, 3);
  CHECK(weir_group_poll(&group) == WEIR_READY);
  parts[2] = (struct weir_part){units(3), NULL};
  CHECK(weir_group_start(&group, &at.heap, &parts[2], 1, &waker.waker) == WEIR_READY);
  CHECK(weir_group_take(&group));
  weir_heap_free(&at.heap, parts[2].memory, units(3));
  fixture_end(&at);
}

int main(void) {
  RUN(all_parts_at_once_when_they_are_there);
  RUN(nothing_is_held_while_a_part_is_missing);
  RUN(two_groups_for_the_same_memory_are_served_in_turn);
  RUN(parts_may_lie_apart);
  RUN(a_group_does_not_get_past_a_waiter);
  RUN(a_group_overtakes_by_all_its_bytes);
  RUN(a_dropped_group_gives_all_back_and_serves_the_next);
  RUN(a_waiting_group_may_be_dropped_or_timed_out);
  RUN(what_can_never_be_is_refused);
  RUN(a_try_in_vain_does_not_count_as_peak);
  RUN(nor_as_the_peak_of_a_region);
  RUN(a_group_may_be_started_again_in_every_state);
  return check_summary("async/group");
}
