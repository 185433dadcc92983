/* The contract of weir/timer.h. */
#include "weir/timer.h"

#include "check.h"
#include "fake_port.h"
#include "fixture.h"

static struct weir_timers timers;
static struct weir_timer timer[4];
static struct counter waker[4];

static void setup(void) {
  fake_port_reset();
  timers = (struct weir_timers){0};
  for (unsigned i = 0; i < 4; i++) {
    timer[i] = (struct weir_timer){0};
    counter_init(&waker[i]);
  }
}

static void start(unsigned i, weir_ticks deadline) {
  weir_timer_start(&timer[i], &timers, deadline, &waker[i].waker);
}

static weir_ticks next(void) {
  weir_ticks deadline = 0;
  CHECK(weir_timers_next(&timers, &deadline));
  return deadline;
}

static void of_one_deadline_the_first_to_start_is_first(void) {
  setup();
  start(0, 10);
  start(1, 10);
  CHECK(timers.first == &timer[0]);
  CHECK(timer[0].next == &timer[1]);
  weir_timer_drop(&timer[0]);
  weir_timer_drop(&timer[1]);
}

static void the_earliest_is_first(void) {
  weir_ticks none;
  setup();
  CHECK(!weir_timers_next(&timers, &none));
  start(0, 30);
  start(1, 10);
  start(2, 20);
  CHECK_EQUAL(next(), 10);
  weir_timers_expire(&timers, 20);
  CHECK(weir_timer_poll(&timer[0]) == WEIR_PENDING);
  CHECK(weir_timer_poll(&timer[1]) == WEIR_READY);
  CHECK(weir_timer_poll(&timer[2]) == WEIR_READY);
  CHECK_EQUAL(waker[0].wakes, 0);
  CHECK_EQUAL(waker[1].wakes, 1);
  CHECK_EQUAL(waker[2].wakes, 1);
  CHECK_EQUAL(next(), 30);
}

static void a_deadline_that_has_gone_by_expires_next(void) {
  setup();
  start(0, 5);
  weir_timers_expire(&timers, 1000);
  CHECK(weir_timer_poll(&timer[0]) == WEIR_READY);
}

static void a_dropped_timer_never_wakes(void) {
  weir_ticks none;
  setup();
  for (unsigned i = 0; i < 3; i++)
    start(i, 10 + i);
  weir_timer_drop(&timer[1]); // in the middle
  weir_timer_drop(&timer[0]); // the first
  weir_timer_drop(&timer[2]); // the only one
  weir_timer_drop(&timer[2]);
  CHECK(!weir_timers_next(&timers, &none));
  weir_timers_expire(&timers, 100);
  for (unsigned i = 0; i < 3; i++)
    CHECK_EQUAL(waker[i].wakes, 0);
}

static void starting_again_moves_it(void) {
  setup();
  start(0, 10);
  start(1, 20);
  start(0, 30);
  CHECK_EQUAL(next(), 20);
  weir_timers_expire(&timers, 20);
  CHECK_EQUAL(waker[0].wakes, 0);
  CHECK_EQUAL(next(), 30);
}

static void time_may_wrap(void) {
  setup();
  start(0, 5);
  start(1, UINT32_MAX - 5);
  CHECK_EQUAL(next(), UINT32_MAX - 5);
  weir_timers_expire(&timers, UINT32_MAX);
  CHECK(weir_timer_poll(&timer[1]) == WEIR_READY);
  CHECK(weir_timer_poll(&timer[0]) == WEIR_PENDING);
  weir_timers_expire(&timers, 5);
  CHECK(weir_timer_poll(&timer[0]) == WEIR_READY);
}

static void a_very_long_time_is_not_over_at_once(void) {
  setup();
  weir_timer_start_after(&timer[0], &timers, UINT32_MAX, &waker[0].waker);
  weir_timers_expire(&timers, fake_port.now);
  CHECK(weir_timer_poll(&timer[0]) == WEIR_PENDING);
  CHECK_EQUAL(next(), fake_port.now + WEIR_TICKS_MAX);
}

/* Every order of start, expiry and drop of three timers leaves the queue sorted and whole. */
static void links_hold_in_every_order(void) {
  for (unsigned order = 0; order < 6 * 27; order++) {
    static const unsigned char permutation[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                                    {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    const unsigned char *drop = permutation[order % 6];
    unsigned deadlines = order / 6;
    setup();
    for (unsigned i = 0; i < 3; i++, deadlines /= 3)
      start(i, 10 + deadlines % 3);
    for (unsigned i = 0; i < 3; i++) {
      weir_ticks last = 0;
      unsigned armed = 0;
      for (struct weir_timer *each = timers.first; each != NULL; each = each->next, armed++) {
        CHECK(*each->link == each && each->deadline >= last);
        last = each->deadline;
      }
      CHECK_EQUAL(armed, 3 - i);
      weir_timer_drop(&timer[drop[i]]);
    }
  }
}

int main(void) {
  RUN(the_earliest_is_first);
  RUN(of_one_deadline_the_first_to_start_is_first);
  RUN(a_deadline_that_has_gone_by_expires_next);
  RUN(a_dropped_timer_never_wakes);
  RUN(starting_again_moves_it);
  RUN(time_may_wrap);
  RUN(a_very_long_time_is_not_over_at_once);
  RUN(links_hold_in_every_order);
  return check_summary("async/timer");
}
