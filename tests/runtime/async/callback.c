/* The contract of weir/callback.h, in every state a request can be in. */
#include "weir/callback.h"

#include "check.h"
#include "fake_port.h"
#include "fixture.h"

static struct fixture at;
static struct weir_executor executor;
static struct weir_keeper keeper;
static struct weir_callbacks callbacks;

/* What a call brought. */
struct caller {
  struct weir_callback callback;
  unsigned calls;
  void *memory;
  unsigned turn;           /* the how manieth call of all it was */
  unsigned again;          /* times to start again from inside the call */
  struct caller *dropping; /* dropped from inside the call */
};

static struct caller caller[3];
static unsigned turns;

static void setup(void) {
  fake_port_reset();
  fixture_fill(&at);
  executor = (struct weir_executor){0};
  keeper = (struct weir_keeper){0};
  weir_executor_keep(&executor, &keeper, &at.heap);
  weir_callbacks_init(&callbacks, &executor);
  turns = 0;
  for (unsigned i = 0; i < 3; i++)
    caller[i] = (struct caller){0};
}

static void end(void) {
  for (unsigned i = 0; i < 3; i++) {
    weir_callback_drop(&caller[i].callback);
    weir_heap_free(&at.heap, caller[i].memory, units(1));
  }
  while (weir_executor_step(&executor)) {
  }
  CHECK_EQUAL(callbacks.open, 0);
  CHECK(callbacks.due == NULL);
  CHECK_EQUAL(executor.live, 0);
  CHECK(executor.timers.first == NULL);
  fixture_end(&at);
}

static void note(void *context, void *memory) {
  struct caller *self = context;
  self->calls++;
  self->turn = ++turns;
  if (self->dropping != NULL)
    weir_callback_drop(&self->dropping->callback);
  if (self->again == 0) {
    self->memory = memory;
    return;
  }
  self->again--;
  weir_heap_free(&at.heap, memory, units(1));
  weir_callback_alloc(&self->callback, &callbacks, &at.heap, units(1), note, self);
}

static void start(unsigned i) {
  weir_callback_alloc(&caller[i].callback, &callbacks, &at.heap, units(1), note, &caller[i]);
}

static void start_within(unsigned i, weir_ticks ticks) {
  weir_callback_alloc_within(&caller[i].callback, &callbacks, &at.heap, units(1), ticks, note,
                             &caller[i]);
}

/* Turns, and no sleep: what is due is called. */
static void go(void) {
  while (weir_executor_step(&executor)) {
  }
}

static void what_is_there_at_once_is_called_for_later(void) {
  setup();
  fixture_free(&at, 0);
  start(0);
  CHECK_EQUAL(caller[0].calls, 0);
  weir_executor_run(&executor);
  CHECK_EQUAL(caller[0].calls, 1);
  CHECK(caller[0].memory != NULL);
  CHECK_EQUAL(fake_port.sleeps, 0);
  end();
}

static void a_wait_ends_in_one_call_in_order_of_grant(void) {
  setup();
  start(0);
  start(1);
  go();
  CHECK_EQUAL(caller[0].calls + caller[1].calls, 0);
  fixture_free(&at, 0);
  CHECK_EQUAL(caller[0].calls, 0); // a free may be an interrupt's: nobody is called from it
  go();
  CHECK_EQUAL(caller[0].calls, 1);
  CHECK_EQUAL(caller[1].calls, 0);
  CHECK(caller[0].memory != NULL);
  fixture_free(&at, 1);
  weir_executor_run(&executor);
  CHECK_EQUAL(caller[0].calls, 1);
  CHECK_EQUAL(caller[1].calls, 1);
  CHECK(caller[1].memory != NULL);
  end();
}

static void several_that_are_due_are_called_oldest_first(void) {
  setup();
  for (unsigned i = 0; i < 3; i++)
    start(i);
  for (unsigned i = 0; i < 3; i++)
    fixture_free(&at, i);
  weir_executor_run(&executor);
  for (unsigned i = 0; i < 3; i++) {
    CHECK_EQUAL(caller[i].turn, i + 1);
    CHECK(caller[i].memory != NULL);
  }
  end();
}

static void what_can_never_be_is_called_for_with_nothing(void) {
  setup();
  caller[0].memory = at.arena;
  weir_callback_alloc(&caller[0].callback, &callbacks, &at.heap, bytes(sizeof at.arena), note,
                      &caller[0]);
  CHECK_EQUAL(caller[0].calls, 0);
  weir_executor_run(&executor);
  CHECK_EQUAL(caller[0].calls, 1);
  CHECK(caller[0].memory == NULL);
  CHECK_EQUAL(weir_heap_stats(&at.heap).refusals, 1);
  end();
}

static void a_deadline_is_called_for_with_nothing(void) {
  setup();
  caller[0].memory = at.arena;
  start_within(0, 50);
  start_within(1, 70);
  go();
  fake_port.now = 1049;
  go();
  CHECK_EQUAL(caller[0].calls, 0);
  weir_executor_run(&executor);
  CHECK_EQUAL(fake_port.now, 1070);
  CHECK_EQUAL(caller[0].calls, 1);
  CHECK_EQUAL(caller[1].calls, 1);
  CHECK(caller[0].memory == NULL);
  CHECK_EQUAL(weir_heap_stats(&at.heap).wait.timeouts, 2);
  CHECK_EQUAL(weir_heap_stats(&at.heap).wait.cancels, 0);
  end();
}

/* It becomes due twice over, ahead of others, and is called once, as they are. */
static void memory_and_deadline_at_once_is_memory(void) {
  setup();
  for (unsigned i = 0; i < 3; i++)
    start_within(i, 50);
  fake_port.now = 1050;
  weir_timers_expire(&executor.timers, fake_port.now);
  fixture_free(&at, 0);
  weir_heap_drain(&at.heap, SIZE_MAX);
  weir_executor_run(&executor);
  for (unsigned i = 0; i < 3; i++) {
    CHECK_EQUAL(caller[i].calls, 1);
    CHECK_EQUAL(caller[i].turn, i + 1);
    CHECK((caller[i].memory != NULL) == (i == 0));
  }
  CHECK_EQUAL(weir_heap_stats(&at.heap).wait.timeouts, 2);
  end();
}

/* The time is up, it is due, and before its turn there is memory after all. */
static void memory_that_comes_before_the_call_wins(void) {
  setup();
  start_within(0, 50);
  fake_port.now = 1050;
  weir_timers_expire(&executor.timers, fake_port.now);
  CHECK(callbacks.due == &caller[0].callback);
  fixture_free(&at, 0);
  weir_heap_drain(&at.heap, SIZE_MAX);
  go();
  CHECK_EQUAL(caller[0].calls, 1);
  CHECK(caller[0].memory != NULL);
  end();
}

static void granted_before_its_deadline_it_leaves_no_timer(void) {
  setup();
  start_within(0, 50);
  fixture_free(&at, 0);
  weir_executor_run(&executor);
  CHECK(executor.timers.first == NULL);
  CHECK_EQUAL(caller[0].calls, 1);
  end();
}

static void dropped_while_it_waits_it_is_not_called(void) {
  setup();
  start_within(0, 50);
  start(1);
  go();
  weir_callback_drop(&caller[0].callback);
  weir_callback_drop(&caller[0].callback); // idle: nothing
  CHECK(executor.timers.first == NULL);
  fixture_free(&at, 0);
  weir_executor_run(&executor);
  CHECK_EQUAL(caller[0].calls, 0);
  CHECK_EQUAL(caller[1].calls, 1);
  CHECK(caller[1].memory != NULL);
  CHECK_EQUAL(weir_heap_stats(&at.heap).wait.cancels, 1);
  end();
}

/* Granted and due, not called: the block goes to the next in line. */
static void dropped_when_due_its_block_goes_to_the_next(void) {
  setup();
  start_within(0, 50);
  start(1);
  fixture_free(&at, 0);
  weir_heap_drain(&at.heap, SIZE_MAX);
  CHECK(callbacks.due == &caller[0].callback);
  weir_callback_drop(&caller[0].callback);
  CHECK(callbacks.due == &caller[1].callback);
  weir_executor_run(&executor);
  CHECK_EQUAL(caller[0].calls, 0);
  CHECK_EQUAL(caller[1].calls, 1);
  CHECK(caller[1].memory != NULL);
  end();
}

static void dropped_when_due_at_once_or_refused_or_late(void) {
  setup();
  fixture_free(&at, 0);
  start(0);
  weir_callback_alloc(&caller[1].callback, &callbacks, &at.heap, bytes(sizeof at.arena), note,
                      &caller[1]);
  start_within(2, 0);
  weir_timers_expire(&executor.timers, fake_port.now);
  for (unsigned i = 0; i < 3; i++)
    weir_callback_drop(&caller[i].callback);
  weir_executor_run(&executor);
  CHECK_EQUAL(turns, 0);
  end();
}

/* In the middle of those that are due, at their head and at their end. */
static void dropping_one_that_is_due_keeps_the_others(void) {
  for (unsigned dropped = 0; dropped < 3; dropped++) {
    setup();
    for (unsigned i = 0; i < 3; i++)
      fixture_free(&at, i);
    for (unsigned i = 0; i < 3; i++)
      start(i);
    weir_callback_drop(&caller[dropped].callback);
    weir_executor_run(&executor);
    for (unsigned i = 0; i < 3; i++)
      CHECK_EQUAL(caller[i].calls, i != dropped);
    end();
  }
}

/* The executor has nothing left to do and must return; else it sleeps for ever. */
static void the_last_drop_lets_the_executor_end(void) {
  setup();
  start(0);
  go();
  CHECK_EQUAL(executor.live, 1);
  weir_callback_drop(&caller[0].callback);
  weir_executor_run(&executor);
  CHECK_EQUAL(executor.live, 0);
  start(0); // and it may be started again after
  fixture_free(&at, 0);
  weir_executor_run(&executor);
  CHECK_EQUAL(caller[0].calls, 1);
  end();
}

static void dropped_and_started_before_the_executor_noticed(void) {
  setup();
  start(0);
  go();
  weir_callback_drop(&caller[0].callback);
  start(1);
  CHECK_EQUAL(executor.live, 1);
  fixture_free(&at, 0);
  weir_executor_run(&executor);
  CHECK_EQUAL(caller[1].calls, 1);
  end();
}

static void started_again_it_is_called_once_for_the_last(void) {
  setup();
  fixture_free(&at, 0);
  start(0);            // due
  start_within(0, 50); // instead
  start(0);
  CHECK_EQUAL(callbacks.open, 1);
  weir_executor_run(&executor);
  CHECK_EQUAL(caller[0].calls, 1);
  CHECK(caller[0].memory != NULL);
  end();
}

static void a_callback_starts_its_own_object_again(void) {
  setup();
  caller[0].again = 1000;
  start(0);
  fixture_free(&at, 0);
  weir_executor_run(&executor);
  CHECK_EQUAL(caller[0].calls, 1001);
  CHECK(caller[0].memory != NULL);
  end();
}

/* Who starts again goes to the end of those that are due, and tasks come in between. */
static unsigned turns_of_task;

static enum weir_poll count_turns(struct weir_task *task) {
  if (++turns_of_task == 20)
    return WEIR_READY;
  weir_task_wake(task);
  return WEIR_PENDING;
}

static void starting_again_and_again_keeps_nobody_out(void) {
  struct weir_task task = {0};
  setup();
  turns_of_task = 0;
  caller[0].again = 30;
  for (unsigned i = 0; i < 2; i++)
    fixture_free(&at, i);
  start(0);
  start(1);
  weir_executor_spawn(&executor, &task, count_turns);
  while (turns_of_task < 20)
    (void)weir_executor_step(&executor);
  CHECK(turns <= 21);
  CHECK_EQUAL(caller[1].turn, 2);
  weir_executor_run(&executor);
  CHECK_EQUAL(caller[0].calls, 31);
  end();
}

static void a_callback_drops_itself_and_another(void) {
  setup();
  caller[0].dropping = &caller[0];
  caller[1].dropping = &caller[2];
  for (unsigned i = 0; i < 3; i++)
    start(i);
  for (unsigned i = 0; i < 3; i++)
    fixture_free(&at, i);
  weir_executor_run(&executor);
  CHECK_EQUAL(caller[0].calls, 1);
  CHECK(caller[0].memory != NULL); // what it was handed is its own already
  CHECK_EQUAL(caller[1].calls, 1);
  CHECK_EQUAL(caller[2].calls, 0);
  end();
}

/* The object is gone when it is called: nothing of it is touched after. */
static void reuse(void *context, void *memory) {
  unsigned char *bytes_of_it = context;
  caller[1].calls++;
  caller[1].memory = memory;
  for (size_t i = 0; i < sizeof(struct weir_callback); i++)
    bytes_of_it[i] = 0xa5;
}

static void a_callback_may_reuse_its_object(void) {
  struct weir_callback callback = {0};
  const unsigned char *left = (const unsigned char *)&callback;
  setup();
  fixture_free(&at, 0);
  weir_callback_alloc(&callback, &callbacks, &at.heap, units(1), reuse, &callback);
  weir_executor_run(&executor);
  CHECK_EQUAL(caller[1].calls, 1);
  for (size_t i = 0; i < sizeof callback; i++)
    CHECK_EQUAL(left[i], 0xa5);
  end();
}

static void free_from_interrupt(void *context) {
  (void)context;
  if (at.held[0] != NULL)
    fixture_free(&at, 0);
}

static void free_while_asleep(void) {
  CHECK(at.held[0] != NULL);
  free_from_interrupt(NULL);
}

/* The free falls on every moment at which an interrupt can come, from the start to the sleep. */
static void a_free_at_any_moment_is_answered(void) {
  unsigned moment = 0;
  do {
    setup();
    fake_port.interrupt = free_from_interrupt;
    fake_port.sleeping = free_while_asleep;
    fake_port.countdown = ++moment;
    start(0);
    weir_executor_run(&executor);
    CHECK_EQUAL(caller[0].calls, 1);
    CHECK(caller[0].memory != NULL);
    end();
  } while (fake_port.sleeps == 0);
  CHECK(moment > 10);
}

static void structs_stay_small(void) {
  if (sizeof(void *) != 4)
    return;
  CHECK(sizeof(struct weir_callback) <= 84);
  CHECK(sizeof(struct weir_callbacks) <= 36);
}

int main(void) {
  RUN(what_is_there_at_once_is_called_for_later);
  RUN(a_wait_ends_in_one_call_in_order_of_grant);
  RUN(several_that_are_due_are_called_oldest_first);
  RUN(what_can_never_be_is_called_for_with_nothing);
  RUN(a_deadline_is_called_for_with_nothing);
  RUN(memory_and_deadline_at_once_is_memory);
  RUN(memory_that_comes_before_the_call_wins);
  RUN(granted_before_its_deadline_it_leaves_no_timer);
  RUN(dropped_while_it_waits_it_is_not_called);
  RUN(dropped_when_due_its_block_goes_to_the_next);
  RUN(dropped_when_due_at_once_or_refused_or_late);
  RUN(dropping_one_that_is_due_keeps_the_others);
  RUN(the_last_drop_lets_the_executor_end);
  RUN(dropped_and_started_before_the_executor_noticed);
  RUN(started_again_it_is_called_once_for_the_last);
  RUN(a_callback_starts_its_own_object_again);
  RUN(starting_again_and_again_keeps_nobody_out);
  RUN(a_callback_drops_itself_and_another);
  RUN(a_callback_may_reuse_its_object);
  RUN(a_free_at_any_moment_is_answered);
  RUN(structs_stay_small);
  return check_summary("async/callback");
}
