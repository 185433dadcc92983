/* Mistakes that allocators and kernels with the same task have made, each as a test. The names are
 * those of the reports; what is said of each is what went wrong there. */
#include "weir/executor.h"

#include "check.h"
#include "fake_port.h"
#include "fixture.h"
#include "weir/alloc.h"
#include "weir/fatal.h"

static struct fixture at;
static struct counter waker[2];
static struct weir_timers timers;

static void setup(void) {
  fake_port_reset();
  fixture_fill(&at);
  timers = (struct weir_timers){0};
  counter_init(&waker[0]);
  counter_init(&waker[1]);
}

static enum weir_poll start(struct weir_alloc *alloc, size_t count, unsigned who) {
  return weir_alloc_start(alloc, &at.heap, units(count), &waker[who].waker);
}

static void free_first(void *context) {
  (void)context;
  if (at.held[0] != NULL)
    fixture_free(&at, 0);
}

/* mnemOS: memory freed between the failed attempt and the enqueueing woke nobody, and nobody looked
 * again. */
static void mnemos_fast_path_a_free_between_the_attempt_and_the_queue(void) {
  unsigned moment = 0;
  do {
    struct weir_alloc alloc = {0};
    enum weir_poll polled;
    setup();
    fake_port.interrupt = free_first;
    fake_port.countdown = ++moment;
    polled = start(&alloc, 1, 0);
    fake_port.countdown = 0;
    if (at.held[0] == NULL && at.notified == 0)
      CHECK(polled == WEIR_READY);
    if (polled == WEIR_PENDING && at.notified != 0)
      weir_heap_drain(&at.heap, 1); // what a notified keeper does
    CHECK(at.held[0] != NULL || weir_alloc_poll(&alloc) == WEIR_READY);
    weir_alloc_drop(&alloc);
  } while (at.held[0] == NULL);
  CHECK(moment > 1);
  fixture_end(&at);
}

/* mnemOS, Zephyr: a free wakes all; those who find nothing have lost their place in the line. */
static void mnemos_a_wake_without_memory(void) {
  struct weir_alloc first = {0}, second = {0};
  setup();
  CHECK(start(&first, 2, 0) == WEIR_PENDING);
  CHECK(start(&second, 2, 1) == WEIR_PENDING);
  fixture_free(&at, 4);
  weir_heap_drain(&at.heap, SIZE_MAX);
  CHECK_EQUAL(waker[0].wakes + waker[1].wakes, 0);
  fixture_free(&at, 5);
  weir_heap_drain(&at.heap, SIZE_MAX);
  CHECK_EQUAL(waker[0].wakes, 1);
  CHECK_EQUAL(waker[1].wakes, 0);
  weir_alloc_drop(&second);
  weir_alloc_drop(&first);
  fixture_end(&at);
}

/* Zephyr #111656: the timeout fired while the waiter was being woken; each side left the thread to
 * the other. */
static void zephyr_111656_timeout_and_grant_at_once(void) {
  for (unsigned order = 0; order < 2; order++) {
    struct weir_timed_alloc timed = {0};
    setup();
    CHECK(weir_timed_alloc_start(&timed, &at.heap, units(1), &timers, 50, &waker[0].waker) ==
          WEIR_PENDING);
    fake_port.now += 50;
    fixture_free(&at, 0);
    if (order == 0)
      weir_timers_expire(&timers, fake_port.now);
    weir_heap_drain(&at.heap, SIZE_MAX);
    if (order == 1)
      weir_timers_expire(&timers, fake_port.now);
    CHECK(waker[0].wakes >= 1);
    CHECK(weir_timed_alloc_poll(&timed) == WEIR_READY);
    weir_timed_alloc_drop(&timed);
    fixture_end(&at);
  }
}

/* Zephyr #106659: a free with the scheduler's lock held took that lock again, to wake those who
 * wait. */
static void zephyr_106659_free_inside_a_critical_section(void) {
  struct weir_executor executor = {0};
  struct weir_keeper keeper = {0};
  struct weir_alloc alloc = {0};
  weir_port_mask before;
  setup();
  weir_executor_keep(&executor, &keeper, &at.heap);
  CHECK(start(&alloc, 1, 0) == WEIR_PENDING);
  before = weir_port_critical_enter();
  fixture_free(&at, 0);
  CHECK_EQUAL(fake_port.depth, 1);
  weir_port_critical_leave(before);
  while (weir_executor_step(&executor)) {
  }
  CHECK_EQUAL(waker[0].wakes, 1);
  weir_alloc_drop(&alloc);
  fixture_end(&at);
}

/* Zephyr #50611: to wait for ever was computed as a deadline in the past. */
static void zephyr_50611_the_longest_wait(void) {
  struct weir_timed_alloc timed = {0};
  setup();
  CHECK(weir_timed_alloc_start(&timed, &at.heap, units(1), &timers, UINT32_MAX, &waker[0].waker) ==
        WEIR_PENDING);
  weir_timers_expire(&timers, fake_port.now);
  fake_port.now += 1000000;
  weir_timers_expire(&timers, fake_port.now);
  CHECK(weir_timed_alloc_poll(&timed) == WEIR_PENDING);
  weir_timed_alloc_drop(&timed);
  fixture_end(&at);
}

/* ThreadX #297: two who asked at the same time made each other begin their search afresh, for ever.
 */
static void threadx_297_two_who_poll_in_turn(void) {
  struct weir_alloc first = {0}, second = {0};
  unsigned rounds = 0;
  setup();
  CHECK(start(&first, 2, 0) == WEIR_PENDING);
  CHECK(start(&second, 2, 1) == WEIR_PENDING);
  fixture_free(&at, 2);
  fixture_free(&at, 3);
  while (weir_alloc_poll(&second) == WEIR_PENDING && rounds++ < 10) {
    if (weir_alloc_poll(&first) == WEIR_READY)
      weir_heap_free(&at.heap, weir_alloc_take(&first), units(2));
  }
  CHECK(rounds <= 1);
  weir_alloc_drop(&second);
  weir_alloc_drop(&first);
  fixture_end(&at);
}

/* NuttX #11115: what was freed for a core that never allocates was never seen by anybody. */
static void nuttx_11115_an_owner_that_never_allocates(void) {
  struct weir_executor executor = {0};
  struct weir_keeper keeper = {0};
  setup();
  weir_executor_keep(&executor, &keeper, &at.heap);
  for (unsigned i = 0; i < 10; i++)
    fixture_free(&at, i);
  while (weir_executor_step(&executor)) {
  }
  CHECK_EQUAL(weir_heap_stats(&at.heap).pending_free, 0);
  fixture_end(&at);
}

/* NuttX #12817: what was freed and not yet drained looked like a leak. */
static void nuttx_12817_pending_is_no_leak(void) {
  struct weir_heap_stats before, after;
  setup();
  before = weir_heap_stats(&at.heap);
  fixture_free(&at, 0);
  fixture_free(&at, 1);
  after = weir_heap_stats(&at.heap);
  CHECK_EQUAL(before.pending_free, 0);
  CHECK_EQUAL(after.pending_free, 2 * FIXTURE_UNIT);
  CHECK_EQUAL(after.used, before.used);
  fixture_end(&at);
}

static void free_the_first_again(void *context) { weir_heap_free(&at.heap, context, units(1)); }

/* NuttX #12449: a block that was freed, and whose free was put off, was put on the list a second
 * time; nobody looked before. */
static void nuttx_12449_a_second_free_before_the_first_is_drained(void) {
  void *block;
  setup();
  block = at.held[0];
  fixture_free(&at, 0);
  size_t pending = weir_heap_stats(&at.heap).pending_free;
  CHECK_FATAL(free_the_first_again, block, WEIR_FATAL_DOUBLE_FREE, block);
  CHECK_EQUAL(weir_heap_stats(&at.heap).pending_free, pending);
  fixture_end(&at);
}

/* Scylla #12694, and queues of other kinds: when the first in line gave up, those behind it, who
 * would have fitted, were not looked at. */
static void scylla_12694_the_first_in_line_gives_up(void) {
  struct weir_timed_alloc large = {0};
  struct weir_alloc small = {0};
  setup();
  weir_heap_set_bypass(&at.heap, 0);
  CHECK(weir_timed_alloc_start(&large, &at.heap, units(4), &timers, 50, &waker[0].waker) ==
        WEIR_PENDING);
  CHECK(start(&small, 1, 1) == WEIR_PENDING);
  fixture_free(&at, 0);
  weir_heap_drain(&at.heap, SIZE_MAX);
  CHECK_EQUAL(waker[1].wakes, 0);
  fake_port.now += 50;
  weir_timers_expire(&timers, fake_port.now);
  CHECK(weir_timed_alloc_poll(&large) == WEIR_READY);
  CHECK_EQUAL(waker[1].wakes, 1);
  weir_alloc_drop(&small);
  fixture_end(&at);
}

int main(void) {
  RUN(mnemos_fast_path_a_free_between_the_attempt_and_the_queue);
  RUN(mnemos_a_wake_without_memory);
  RUN(zephyr_111656_timeout_and_grant_at_once);
  RUN(zephyr_106659_free_inside_a_critical_section);
  RUN(zephyr_50611_the_longest_wait);
  RUN(threadx_297_two_who_poll_in_turn);
  RUN(nuttx_11115_an_owner_that_never_allocates);
  RUN(nuttx_12449_a_second_free_before_the_first_is_drained);
  RUN(nuttx_12817_pending_is_no_leak);
  RUN(scylla_12694_the_first_in_line_gives_up);
  return check_summary("async/peers");
}
