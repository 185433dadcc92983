/* The contract of weir/event.h. */
#include "weir/event.h"

#include "check.h"
#include "fake_port.h"
#include "fixture.h"
#include "weir/executor.h"

static struct counter waker;
static struct weir_event event;

static void setup(void) {
  fake_port_reset();
  counter_init(&waker);
  event = (struct weir_event){0};
}

static void an_event_wakes_who_waits(void) {
  setup();
  CHECK(weir_event_start(&event, &waker.waker) == WEIR_PENDING);
  CHECK(!weir_event_take(&event));
  weir_event_set(&event);
  CHECK_EQUAL(waker.wakes, 1);
  CHECK(weir_event_poll(&event) == WEIR_READY);
  CHECK(weir_event_poll(&event) == WEIR_READY);
  CHECK(weir_event_take(&event));
  CHECK(weir_event_poll(&event) == WEIR_PENDING);
}

static void an_event_is_remembered(void) {
  setup();
  weir_event_set(&event);
  weir_event_set(&event);
  CHECK(weir_event_start(&event, &waker.waker) == WEIR_READY);
  weir_event_drop(&event);
  CHECK(weir_event_take(&event));
  CHECK(!weir_event_take(&event));
  CHECK_EQUAL(waker.wakes, 0);
}

static void a_dropped_event_wakes_nobody(void) {
  setup();
  CHECK(weir_event_start(&event, &waker.waker) == WEIR_PENDING);
  weir_future_drop(weir_event_future(&event));
  weir_event_set(&event);
  CHECK_EQUAL(waker.wakes, 0);
}

static void set_event(void *context) { weir_event_set(context); }

/* An interrupt at any moment of start either is seen by it or wakes. */
static void an_event_during_the_start_is_not_lost(void) {
  unsigned moment = 0;
  for (;;) {
    enum weir_poll polled;
    setup();
    fake_port.interrupt = set_event;
    fake_port.context = &event;
    fake_port.countdown = ++moment;
    polled = weir_event_start(&event, &waker.waker);
    if (fake_port.countdown != 0)
      break;
    CHECK(polled == WEIR_READY || waker.wakes == 1);
  }
  CHECK(moment > 3);
}

/* Waits for memory that never comes, until another task calls it off. */
struct waiter {
  struct weir_task task;
  struct weir_alloc frame;
  enum weir_winner winner;
};

struct canceller {
  struct weir_task task;
};

static struct fixture at;

static enum weir_poll waiter_poll(struct weir_task *task) {
  struct waiter *self = WEIR_CONTAINER_OF(task, struct waiter, task);
  WEIR_TASK_BEGIN(task);
  (void)weir_alloc_start(&self->frame, &at.heap, units(1), &task->waker);
  (void)weir_event_start(&event, &task->waker);
  WEIR_SELECT(task, self->winner, weir_alloc_future(&self->frame), weir_event_future(&event));
  weir_event_drop(&event); // it won, and would still name this task
  WEIR_TASK_END(task);
}

static enum weir_poll canceller_poll(struct weir_task *task) {
  WEIR_TASK_BEGIN(task);
  WEIR_YIELD(task);
  weir_event_set(&event);
  WEIR_TASK_END(task);
}

static void a_wait_is_called_off_by_another_task(void) {
  struct weir_executor executor = {0};
  struct weir_keeper keeper = {0};
  struct waiter waiter = {0};
  struct canceller canceller = {0};
  setup();
  fixture_fill(&at);
  weir_executor_keep(&executor, &keeper, &at.heap);
  weir_executor_spawn(&executor, &waiter.task, waiter_poll);
  weir_executor_spawn(&executor, &canceller.task, canceller_poll);
  weir_executor_run(&executor);
  CHECK(waiter.winner == WEIR_SECOND);
  CHECK_EQUAL(weir_heap_stats(&at.heap).wait.cancels, 1);
  CHECK_EQUAL(weir_heap_stats(&at.heap).wait.timeouts, 0);
  fixture_end(&at);
}

int main(void) {
  RUN(an_event_wakes_who_waits);
  RUN(an_event_is_remembered);
  RUN(a_dropped_event_wakes_nobody);
  RUN(an_event_during_the_start_is_not_lost);
  RUN(a_wait_is_called_off_by_another_task);
  return check_summary("async/event");
}
