/* Two futures at once: weir_select, weir_join, and the allocation with a deadline. */
#include "weir/alloc.h"

#include "check.h"
#include "fake_port.h"
#include "fixture.h"

static struct fixture at;
static struct weir_timers timers;
static struct counter waker;

static void setup(void) {
  fake_port_reset();
  fixture_fill(&at);
  timers = (struct weir_timers){0};
  counter_init(&waker);
}

static void start_both(struct weir_alloc *alloc, struct weir_timer *timer) {
  CHECK(weir_alloc_start(alloc, &at.heap, units(1), &waker.waker) == WEIR_PENDING);
  weir_timer_start_after(timer, &timers, 50, &waker.waker);
}

static void pass(weir_ticks ticks) {
  fake_port.now += ticks;
  weir_timers_expire(&timers, fake_port.now);
}

static void memory_wins_and_the_timer_is_dropped(void) {
  struct weir_alloc alloc = {0};
  struct weir_timer timer = {0};
  weir_ticks none;
  setup();
  start_both(&alloc, &timer);
  CHECK(weir_select(weir_alloc_future(&alloc), weir_timer_future(&timer)) == WEIR_NEITHER);
  fixture_free(&at, 0);
  CHECK(weir_select(weir_alloc_future(&alloc), weir_timer_future(&timer)) == WEIR_FIRST);
  CHECK(!weir_timers_next(&timers, &none));
  weir_alloc_drop(&alloc);
  fixture_end(&at);
}

static void time_wins_and_the_request_is_dropped(void) {
  struct weir_alloc alloc = {0};
  struct weir_timer timer = {0};
  setup();
  start_both(&alloc, &timer);
  pass(50);
  CHECK_EQUAL(waker.wakes, 1);
  CHECK(weir_select(weir_alloc_future(&alloc), weir_timer_future(&timer)) == WEIR_SECOND);
  CHECK_EQUAL(weir_heap_stats(&at.heap).wait.timeouts, 1);
  CHECK_EQUAL(weir_heap_stats(&at.heap).wait.cancels, 0);
  CHECK_EQUAL(weir_heap_stats(&at.heap).wait.waiters, 0);
  fixture_end(&at);
}

static void the_first_wins_a_tie(void) {
  struct weir_alloc alloc = {0};
  struct weir_timer timer = {0};
  setup();
  start_both(&alloc, &timer);
  pass(50);
  fixture_free(&at, 0);
  CHECK(weir_select(weir_alloc_future(&alloc), weir_timer_future(&timer)) == WEIR_FIRST);
  weir_alloc_drop(&alloc);
  fixture_end(&at);
}

static void a_grant_that_loses_goes_back(void) {
  struct weir_alloc alloc = {0};
  struct weir_timer timer = {0};
  setup();
  start_both(&alloc, &timer);
  pass(50);
  fixture_free(&at, 0);
  weir_heap_drain(&at.heap, SIZE_MAX);
  CHECK(weir_select(weir_timer_future(&timer), weir_alloc_future(&alloc)) == WEIR_FIRST);
  CHECK_EQUAL(weir_heap_stats(&at.heap).wait.timeouts, 1);
  fixture_end(&at);
}

static void a_beaten_allocation_counts_as_cancelled(void) {
  struct weir_alloc one = {0}, other = {0};
  setup();
  CHECK(weir_alloc_start(&one, &at.heap, units(1), &waker.waker) == WEIR_PENDING);
  CHECK(weir_alloc_start(&other, &at.heap, units(1), &waker.waker) == WEIR_PENDING);
  fixture_free(&at, 0);
  CHECK(weir_select(weir_alloc_future(&one), weir_alloc_future(&other)) == WEIR_FIRST);
  CHECK_EQUAL(weir_heap_stats(&at.heap).wait.cancels, 1);
  weir_alloc_drop(&one);
  fixture_end(&at);
}

static void a_join_waits_for_both(void) {
  struct weir_alloc one = {0}, other = {0};
  setup();
  CHECK(weir_alloc_start(&one, &at.heap, units(1), &waker.waker) == WEIR_PENDING);
  CHECK(weir_alloc_start(&other, &at.heap, units(1), &waker.waker) == WEIR_PENDING);
  CHECK(weir_join(weir_alloc_future(&one), weir_alloc_future(&other)) == WEIR_PENDING);
  fixture_free(&at, 0);
  CHECK(weir_join(weir_alloc_future(&one), weir_alloc_future(&other)) == WEIR_PENDING);
  fixture_free(&at, 1);
  CHECK(weir_join(weir_alloc_future(&one), weir_alloc_future(&other)) == WEIR_READY);
  weir_future_drop(weir_alloc_future(&one));
  weir_future_drop(weir_alloc_future(&other));
  fixture_end(&at);
}

static enum weir_poll start_timed(struct weir_timed_alloc *timed) {
  return weir_timed_alloc_start(timed, &at.heap, units(1), &timers, 50, &waker.waker);
}

static void a_timed_allocation_gets_memory_or_nothing(void) {
  struct weir_timed_alloc timed = {0};
  weir_ticks none;
  void *block;
  setup();
  CHECK(start_timed(&timed) == WEIR_PENDING);
  pass(49);
  CHECK(weir_timed_alloc_poll(&timed) == WEIR_PENDING);
  pass(1);
  CHECK(weir_timed_alloc_poll(&timed) == WEIR_READY);
  CHECK(weir_timed_alloc_poll(&timed) == WEIR_READY);
  CHECK(weir_timed_alloc_take(&timed) == NULL);
  CHECK_EQUAL(weir_heap_stats(&at.heap).wait.timeouts, 1);

  CHECK(start_timed(&timed) == WEIR_PENDING);
  fixture_free(&at, 0);
  CHECK(weir_timed_alloc_poll(&timed) == WEIR_READY);
  CHECK(!weir_timers_next(&timers, &none));
  block = weir_timed_alloc_take(&timed);
  CHECK(block != NULL);
  weir_heap_free(&at.heap, block, units(1));

  CHECK(start_timed(&timed) == WEIR_READY); // no timer is needed for what is there
  CHECK(!weir_timers_next(&timers, &none));
  weir_timed_alloc_drop(&timed);
  fixture_end(&at);
}

static void a_timed_allocation_starts_afresh(void) {
  struct weir_timed_alloc timed = {0};
  weir_ticks none;
  setup();
  CHECK(start_timed(&timed) == WEIR_PENDING);
  fixture_free(&at, 0);
  CHECK(start_timed(&timed) == WEIR_READY);
  CHECK(!weir_timers_next(&timers, &none)); // the first start's deadline is forgotten
  weir_timed_alloc_drop(&timed);
  fixture_end(&at);
}

static void a_timed_allocation_that_another_timer_beats_has_timed_out(void) {
  struct weir_timed_alloc timed = {0};
  struct weir_timer timer = {0};
  weir_ticks none;
  setup();
  CHECK(start_timed(&timed) == WEIR_PENDING);
  weir_timer_start_after(&timer, &timers, 20, &waker.waker);
  pass(20);
  CHECK(weir_select(weir_timed_alloc_future(&timed), weir_timer_future(&timer)) == WEIR_SECOND);
  CHECK(!weir_timers_next(&timers, &none));
  CHECK_EQUAL(weir_heap_stats(&at.heap).wait.timeouts, 1);
  CHECK_EQUAL(weir_heap_stats(&at.heap).wait.cancels, 0);
  fixture_end(&at);
}

static void a_timed_allocation_is_dropped_whole(void) {
  struct weir_timed_alloc timed = {0};
  weir_ticks none;
  setup();
  CHECK(start_timed(&timed) == WEIR_PENDING);
  weir_timed_alloc_drop(&timed);
  CHECK(!weir_timers_next(&timers, &none));
  CHECK_EQUAL(weir_heap_stats(&at.heap).wait.cancels, 1);
  CHECK(start_timed(&timed) == WEIR_PENDING);
  weir_future_drop(weir_timed_alloc_future(&timed));
  CHECK(!weir_timers_next(&timers, &none));
  CHECK_EQUAL(weir_heap_stats(&at.heap).wait.cancels, 2);
  pass(100);
  CHECK_EQUAL(waker.wakes, 0);
  fixture_end(&at);
}

int main(void) {
  RUN(memory_wins_and_the_timer_is_dropped);
  RUN(time_wins_and_the_request_is_dropped);
  RUN(the_first_wins_a_tie);
  RUN(a_grant_that_loses_goes_back);
  RUN(a_beaten_allocation_counts_as_cancelled);
  RUN(a_join_waits_for_both);
  RUN(a_timed_allocation_gets_memory_or_nothing);
  RUN(a_timed_allocation_starts_afresh);
  RUN(a_timed_allocation_that_another_timer_beats_has_timed_out);
  RUN(a_timed_allocation_is_dropped_whole);
  return check_summary("async/select");
}
