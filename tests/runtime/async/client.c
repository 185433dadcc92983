/* The contract of weir/client.h: quotas, and the detector of hold and wait. */
#include "weir/client.h"

#include "check.h"
#include "fake_port.h"
#include "fixture.h"

static struct fixture at;
static struct counter waker[3];
static struct weir_client_alloc alloc[3];
static struct weir_clients clients;
static struct weir_client radio, logger;
static unsigned stuck;

static void note_stuck(void *context, const struct weir_clients *which) {
  CHECK(context == &stuck && which == &clients);
  stuck++;
}

static void setup(size_t quota_units) {
  fake_port_reset();
  fixture_fill(&at);
  stuck = 0;
  clients = (struct weir_clients){.stuck = note_stuck, .context = &stuck};
  radio = (struct weir_client){.tag = "radio", .quota = quota_units * FIXTURE_UNIT};
  logger = (struct weir_client){.tag = "logger", .quota = SIZE_MAX};
  weir_client_join(&radio, &clients, &at.heap);
  weir_client_join(&logger, &clients, &at.heap);
  for (unsigned i = 0; i < 3; i++) {
    counter_init(&waker[i]);
    alloc[i] = (struct weir_client_alloc){0};
  }
}

static enum weir_poll start(unsigned i, struct weir_client *client, size_t count) {
  return weir_client_alloc_start(&alloc[i], client, units(count), &waker[i].waker);
}

static void free_units(unsigned first, unsigned count) {
  for (unsigned i = first; i < first + count; i++)
    fixture_free(&at, i);
  weir_heap_drain(&at.heap, SIZE_MAX);
}

static void end(void) {
  for (unsigned i = 0; i < 3; i++)
    weir_client_alloc_drop(&alloc[i]);
  CHECK_EQUAL(radio.reserved + radio.held + radio.waiting, 0);
  CHECK_EQUAL(logger.reserved + logger.held + logger.waiting, 0);
  fixture_end(&at);
}

static void a_client_waits_for_its_own_frees_beyond_its_quota(void) {
  void *block;
  setup(2);
  free_units(2, 8);
  CHECK(start(0, &radio, 2) == WEIR_READY);
  block = weir_client_alloc_take(&alloc[0]);
  CHECK(block != NULL);
  CHECK_EQUAL(radio.held, 2 * FIXTURE_UNIT);
  CHECK(start(1, &radio, 1) == WEIR_PENDING);
  CHECK(weir_client_alloc_poll(&alloc[1]) == WEIR_PENDING);
  CHECK_EQUAL(radio.waiting, 1);
  CHECK_EQUAL(weir_heap_stats(&at.heap).wait.waiters, 0); // it stands in nobody's way
  CHECK(start(2, &logger, 1) == WEIR_READY);
  weir_client_free(&radio, block, units(2));
  CHECK_EQUAL(waker[1].wakes, 1);
  CHECK(weir_client_alloc_poll(&alloc[1]) == WEIR_READY);
  CHECK_EQUAL(radio.waiting, 0);
  end();
}

static void those_over_a_quota_come_in_order(void) {
  void *block;
  setup(3);
  free_units(2, 8);
  CHECK(start(0, &radio, 2) == WEIR_READY);
  block = weir_client_alloc_take(&alloc[0]);
  CHECK(start(1, &radio, 2) == WEIR_PENDING);
  CHECK(start(2, &radio, 1) == WEIR_PENDING); // would fit, and is not first
  CHECK(weir_client_alloc_poll(&alloc[2]) == WEIR_PENDING);
  weir_client_free(&radio, block, units(2));
  CHECK(weir_client_alloc_poll(&alloc[2]) == WEIR_PENDING);
  CHECK(weir_client_alloc_poll(&alloc[1]) == WEIR_READY);
  CHECK_EQUAL(waker[2].wakes, 1);
  CHECK(weir_client_alloc_poll(&alloc[2]) == WEIR_READY);
  end();
}

static void who_is_dropped_over_a_quota_makes_way(void) {
  void *block;
  setup(3);
  free_units(2, 8);
  CHECK(start(0, &radio, 2) == WEIR_READY);
  block = weir_client_alloc_take(&alloc[0]);
  CHECK(start(1, &radio, 3) == WEIR_PENDING);
  CHECK(start(2, &radio, 1) == WEIR_PENDING);
  weir_client_alloc_drop(&alloc[1]);
  CHECK_EQUAL(waker[2].wakes, 1);
  CHECK(weir_client_alloc_poll(&alloc[2]) == WEIR_READY);
  weir_client_free(&radio, block, units(2));
  end();
}

static void a_request_that_waits_for_the_heap_counts_in_the_quota(void) {
  setup(2);
  CHECK(start(0, &radio, 2) == WEIR_PENDING);
  CHECK(start(1, &radio, 1) == WEIR_PENDING);
  CHECK_EQUAL(weir_heap_stats(&at.heap).wait.waiters, 1);
  weir_client_alloc_drop(&alloc[0]);
  CHECK(weir_client_alloc_poll(&alloc[1]) == WEIR_PENDING);
  CHECK_EQUAL(weir_heap_stats(&at.heap).wait.waiters, 1);
  free_units(3, 1);
  CHECK(weir_client_alloc_poll(&alloc[1]) == WEIR_READY);
  end();
}

static void what_is_larger_than_the_quota_is_refused(void) {
  setup(2);
  CHECK(start(0, &radio, 3) == WEIR_READY);
  CHECK(weir_client_alloc_take(&alloc[0]) == NULL);
  CHECK_EQUAL(weir_heap_stats(&at.heap).refusals, 1);
  end();
}

static void a_grant_that_is_dropped_is_within_the_quota_again(void) {
  setup(1);
  free_units(2, 1);
  CHECK(start(0, &radio, 1) == WEIR_READY);
  CHECK(start(1, &radio, 1) == WEIR_PENDING);
  weir_client_alloc_drop(&alloc[0]);
  CHECK_EQUAL(waker[1].wakes, 1);
  CHECK(weir_client_alloc_poll(&alloc[1]) == WEIR_READY);
  CHECK(weir_client_alloc_take(&alloc[1]) != NULL);
  weir_client_free(&radio, alloc[1].alloc.waiter.memory, units(1));
  end();
}

/* The clients hold all that there is, half each; then each asks for more. */
static void all_held_by_those_who_wait_is_reported(void) {
  void *its[2];
  unsigned half;
  setup(1000);
  half = at.count / 2;
  free_units(0, at.count);
  CHECK(start(0, &radio, half) == WEIR_READY);
  its[0] = weir_client_alloc_take(&alloc[0]);
  CHECK(start(1, &logger, half) == WEIR_READY);
  its[1] = weir_client_alloc_take(&alloc[1]);
  CHECK(start(0, &radio, half) == WEIR_PENDING);
  CHECK_EQUAL(stuck, 0); // the logger holds as much and does not wait
  CHECK(start(1, &logger, half) == WEIR_PENDING);
  CHECK_EQUAL(stuck, 1);
  CHECK(clients.first == &logger && logger.next == &radio && radio.next == NULL);
  CHECK_EQUAL(radio.held, half * FIXTURE_UNIT);
  weir_client_alloc_drop(&alloc[1]);
  weir_client_free(&logger, its[1], units(half));
  weir_heap_drain(&at.heap, SIZE_MAX);
  CHECK_EQUAL(waker[0].wakes, 1);
  weir_client_free(&radio, its[0], units(half));
  end();
}

static void memory_of_others_may_yet_come_free(void) {
  void *block;
  setup(1000);
  free_units(2, 1);
  CHECK(start(0, &radio, 1) == WEIR_READY);
  block = weir_client_alloc_take(&alloc[0]);
  CHECK(start(0, &radio, 1) == WEIR_PENDING);
  CHECK_EQUAL(stuck, 0);
  weir_client_free(&radio, block, units(1));
  end();
}

/* The same in an arena that was added: what is larger than the heap's own is served there, and who
 * holds memory there holds memory. */
static void regions_count_too(void) {
  static _Alignas(8) unsigned char arena[8192];
  static struct weir_region region;
  struct weir_layout large = bytes(6000);
  setup(SIZE_MAX / FIXTURE_UNIT);
  weir_heap_add_region(&at.heap, &region, arena, sizeof arena);
  CHECK(weir_client_alloc_start(&alloc[0], &radio, large, &waker[0].waker) == WEIR_READY);
  void *block = weir_client_alloc_take(&alloc[0]);
  CHECK(block != NULL);
  CHECK_EQUAL(radio.held, large.size);
  CHECK(weir_client_alloc_start(&alloc[0], &radio, large, &waker[0].waker) == WEIR_PENDING);
  CHECK_EQUAL(stuck, 0); // others hold the heap's own arena
  free_units(0, at.count);
  CHECK(weir_client_alloc_start(&alloc[1], &logger, large, &waker[1].waker) == WEIR_PENDING);
  CHECK_EQUAL(stuck, 1);
  weir_client_free(&radio, block, large);
  CHECK(weir_client_alloc_poll(&alloc[0]) == WEIR_READY);
  weir_client_alloc_drop(&alloc[1]);
  weir_client_alloc_drop(&alloc[0]);
  block = weir_heap_try_alloc(&at.heap, large);
  CHECK(weir_client_alloc_start(&alloc[0], &radio, large, &waker[0].waker) == WEIR_PENDING);
  CHECK_EQUAL(stuck, 1); // the heap's own arena is empty, but who holds the other is no client
  weir_heap_free(&at.heap, block, large);
  weir_client_alloc_drop(&alloc[0]);
  weir_heap_drain(&at.heap, SIZE_MAX);
  CHECK_EQUAL(weir_heap_stats(&at.heap).used, 0);
  CHECK_EQUAL(radio.reserved + radio.held + radio.waiting, 0);
}

static void interrupt(void *block) { weir_client_free(&radio, block, units(1)); }

/* The last free falls on every moment of a start that is over the quota. Who is told to wait is not
 * polled again but after a wake. */
static void a_free_at_any_moment_of_a_start_is_seen(void) {
  for (unsigned moment = 1; moment <= 12; moment++) {
    bool came;
    setup(1);
    free_units(2, 2);
    CHECK(start(0, &radio, 1) == WEIR_READY);
    fake_port.interrupt = interrupt;
    fake_port.context = weir_client_alloc_take(&alloc[0]);
    fake_port.countdown = moment;
    enum weir_poll polled = start(1, &radio, 1);
    came = fake_port.countdown == 0;
    fake_port.countdown = 0;
    if (!came)
      interrupt(fake_port.context);
    CHECK(polled == WEIR_READY || waker[1].wakes != 0);
    CHECK(weir_client_alloc_poll(&alloc[1]) == WEIR_READY);
    end();
  }
}

int main(void) {
  RUN(a_client_waits_for_its_own_frees_beyond_its_quota);
  RUN(those_over_a_quota_come_in_order);
  RUN(who_is_dropped_over_a_quota_makes_way);
  RUN(a_request_that_waits_for_the_heap_counts_in_the_quota);
  RUN(what_is_larger_than_the_quota_is_refused);
  RUN(a_grant_that_is_dropped_is_within_the_quota_again);
  RUN(all_held_by_those_who_wait_is_reported);
  RUN(memory_of_others_may_yet_come_free);
  RUN(regions_count_too);
  RUN(a_free_at_any_moment_of_a_start_is_seen);
  return check_summary("async/client");
}
