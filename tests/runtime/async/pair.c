/* The contract of weir/pair.h: selects and joins that nest, helpers that lose, and what becomes of
 * the losers. */
#include "weir/pair.h"

#include "check.h"
#include "fake_port.h"
#include "fixture.h"
#include "weir/executor.h"
#include "weir/task.h"

static struct fixture at;
static struct counter waker;
static struct weir_timers timers;
static struct weir_alloc allocs[3];

static void setup(void) {
  fake_port_reset();
  fixture_fill(&at);
  timers = (struct weir_timers){0};
  counter_init(&waker);
  for (unsigned i = 0; i < 3; i++)
    allocs[i] = (struct weir_alloc){0};
}

static struct weir_future start(unsigned i, size_t count) {
  (void)weir_alloc_start(&allocs[i], &at.heap, units(count), &waker.waker);
  return weir_alloc_future(&allocs[i]);
}

static void free_unit(unsigned index) {
  fixture_free(&at, index);
  weir_heap_drain(&at.heap, SIZE_MAX);
}

static enum weir_waiter_state state_of(unsigned i) {
  return (enum weir_waiter_state)allocs[i].waiter.state;
}

static void nobody_waits(void) {
  for (unsigned i = 0; i < 3; i++)
    CHECK(state_of(i) == WEIR_WAITER_IDLE);
  CHECK_EQUAL(weir_heap_stats(&at.heap).wait.waiters, 0);
  CHECK(timers.first == NULL);
  fixture_end(&at);
}

static void a_race_has_one_winner_and_drops_the_other(void) {
  for (unsigned second = 0; second < 2; second++) {
    setup();
    struct weir_pair pair = {start(0, second ? 2 : 1), start(1, second ? 1 : 2), WEIR_NEITHER};
    struct weir_future race = weir_race_future(&pair);
    CHECK(weir_future_poll(race) == WEIR_PENDING);
    free_unit(3);
    CHECK(weir_future_poll(race) == WEIR_READY);
    CHECK(pair.winner == (second ? WEIR_SECOND : WEIR_FIRST));
    CHECK(state_of(!second) == WEIR_WAITER_IDLE);
    CHECK(weir_future_poll(race) == WEIR_READY);
    weir_future_drop(race); // with what the winner was granted
    CHECK(pair.winner == WEIR_NEITHER);
    nobody_waits();
  }
}

/* Whoever lost is the caller's again, and may be started for something else. */
static void a_race_that_is_over_leaves_its_loser_alone(void) {
  setup();
  struct weir_pair pair = {start(0, 1), start(1, 2), WEIR_NEITHER};
  struct weir_future race = weir_race_future(&pair);
  free_unit(3);
  CHECK(weir_future_poll(race) == WEIR_READY);
  (void)start(1, 3);
  weir_future_drop(race);
  CHECK(state_of(1) == WEIR_WAITER_WAITING);
  weir_alloc_drop(&allocs[1]);
  nobody_waits();
}

static void a_race_that_is_dropped_drops_both(void) {
  setup();
  struct weir_pair pair = {start(0, 1), start(1, 2), WEIR_NEITHER};
  weir_future_drop(weir_race_future(&pair));
  nobody_waits();
}

static void both_are_waited_for_and_dropped(void) {
  setup();
  struct weir_pair pair = {start(0, 1), start(1, 1), WEIR_NEITHER};
  struct weir_future both = weir_both_future(&pair);
  free_unit(3);
  CHECK(weir_future_poll(both) == WEIR_PENDING);
  free_unit(7);
  CHECK(weir_future_poll(both) == WEIR_READY);
  weir_future_drop(both);
  nobody_waits();
}

/* Two of three, or time: what one of the two was granted goes to who waits behind. */
static void a_join_loses_a_select_and_gives_back(void) {
  struct weir_timer late = {0};
  setup();
  struct weir_pair pair = {start(0, 1), start(1, 2), WEIR_NEITHER};
  (void)start(2, 1);
  weir_timer_start_after(&late, &timers, 10, &waker.waker);
  free_unit(3);
  CHECK(state_of(0) == WEIR_WAITER_GRANTED);
  struct weir_future both = weir_both_future(&pair);
  CHECK(weir_select(both, weir_timer_future(&late)) == WEIR_NEITHER);
  fake_port.now += 10;
  weir_timers_expire(&timers, fake_port.now);
  CHECK(weir_select(both, weir_timer_future(&late)) == WEIR_SECOND);
  CHECK(state_of(0) == WEIR_WAITER_IDLE && state_of(1) == WEIR_WAITER_IDLE);
  CHECK(state_of(2) == WEIR_WAITER_GRANTED);
  CHECK_EQUAL(weir_heap_stats(&at.heap).wait.timeouts, 2);
  weir_alloc_drop(&allocs[2]);
  nobody_waits();
}

/* ---- a helper that waits for two things in turn, and a task that does not wait for ever ---- */

struct helper {
  unsigned short resume;
  struct weir_task *caller;
  struct weir_alloc head, body;
  void *memory;
};

static enum weir_poll helper_poll(void *future) {
  struct helper *self = future;
  WEIR_TASK_BEGIN(self);
  (void)weir_alloc_start(&self->head, &at.heap, units(1), &self->caller->waker);
  WEIR_AWAIT(self, weir_alloc_poll(&self->head));
  self->memory = weir_alloc_take(&self->head);
  (void)weir_alloc_start(&self->body, &at.heap, units(2), &self->caller->waker);
  WEIR_AWAIT(self, weir_alloc_poll(&self->body));
  WEIR_TASK_END(self);
}

static void helper_drop(void *future, enum weir_drop_reason reason) {
  struct helper *self = future;
  (void)reason;
  weir_alloc_drop(&self->head);
  weir_alloc_drop(&self->body);
  weir_heap_free(&at.heap, self->memory, units(1));
  self->memory = NULL;
  self->resume = 0;
}

static struct weir_future helper_future(struct helper *self) {
  static const struct weir_future_kind kind = {helper_poll, helper_drop, WEIR_DROP_CANCELLED};
  return (struct weir_future){&kind, self};
}

struct impatient {
  struct weir_task task;
  struct helper helpers[2];
  struct weir_pair helping;
  struct weir_timer late;
  enum weir_winner winner;
};

static enum weir_poll impatient_poll(struct weir_task *task) {
  struct impatient *self = WEIR_CONTAINER_OF(task, struct impatient, task);
  WEIR_TASK_BEGIN(task);
  self->helpers[0].caller = self->helpers[1].caller = task;
  self->helping = (struct weir_pair){helper_future(&self->helpers[0]),
                                     helper_future(&self->helpers[1]), WEIR_NEITHER};
  weir_timer_start_after(&self->late, weir_task_timers(task), 20, &task->waker);
  WEIR_SELECT(task, self->winner, weir_both_future(&self->helping), weir_timer_future(&self->late));
  WEIR_TASK_END(task);
}

/* So many units come free before the time is up: wherever the helpers stand then, nothing is lost.
 */
static void helpers_lose_wherever_they_stand(void) {
  for (unsigned units_freed = 0; units_freed <= 6; units_freed++) {
    struct weir_executor executor = {0};
    struct weir_keeper keeper = {0};
    struct impatient impatient = {0};
    setup();
    weir_executor_keep(&executor, &keeper, &at.heap);
    weir_executor_spawn(&executor, &impatient.task, impatient_poll);
    while (weir_executor_step(&executor)) {
    }
    for (unsigned i = 0; i < units_freed; i++)
      fixture_free(&at, 10 + i);
    weir_executor_run(&executor);
    CHECK(impatient.winner == (units_freed == 6 ? WEIR_FIRST : WEIR_SECOND));
    weir_future_drop(weir_both_future(&impatient.helping));
    weir_heap_drain(&at.heap, SIZE_MAX);
    nobody_waits();
  }
}

int main(void) {
  RUN(a_race_has_one_winner_and_drops_the_other);
  RUN(a_race_that_is_over_leaves_its_loser_alone);
  RUN(a_race_that_is_dropped_drops_both);
  RUN(both_are_waited_for_and_dropped);
  RUN(a_join_loses_a_select_and_gives_back);
  RUN(helpers_lose_wherever_they_stand);
  return check_summary("async/pair");
}
