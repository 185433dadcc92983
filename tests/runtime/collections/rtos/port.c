/* A port for an RTOS, on a kernel that counts what is forbidden: nothing is lost, and nothing
 * forbidden done, wherever the interrupt comes. */
#include "weir/alloc.h"
#include "weir/blocking.h"
#include "weir/event.h"
#include "weir/executor.h"
#include "weir/task.h"

#include "check.h"
#include "kernel_single.h"

static _Alignas(16) unsigned char arena[2048];
static struct weir_heap heap;
static struct weir_executor executor;
static struct weir_keeper keeper;

static struct {
  struct weir_task task;
  struct weir_timed_alloc alloc;
  struct weir_timer timer;
  weir_ticks began, ended;
  void *block;
} waiter;

static const struct weir_layout most = {1200, 8};
static void *held;
static struct weir_event event;

static void setup(void) {
  kernel_reset();
  executor = (struct weir_executor){0};
  keeper = (struct weir_keeper){0};
  CHECK(weir_heap_init(&heap, arena, sizeof arena) == WEIR_OK);
  weir_executor_keep(&executor, &keeper, &heap);
  held = weir_heap_try_alloc(&heap, most);
  waiter.task = (struct weir_task){0};
  event = (struct weir_event){0};
}

static void run(weir_task_poll *poll) {
  weir_executor_spawn(&executor, &waiter.task, poll);
  weir_executor_run(&executor);
  CHECK_EQUAL(kernel.forbidden, 0);
  CHECK_EQUAL(kernel.masked, 0);
}

static void free_in_interrupt(void) { weir_heap_free(&heap, held, most); }

static enum weir_poll alloc_poll(struct weir_task *task) {
  WEIR_TASK_BEGIN(task);
  WEIR_AWAIT_ALLOC_WITHIN(task, &waiter.alloc, &heap, most, 50);
  waiter.block = weir_timed_alloc_take(&waiter.alloc);
  WEIR_TASK_END(task);
}

static void a_free_in_an_interrupt_at_each_moment(void) {
  unsigned slept = 0;
  for (unsigned moment = 1; moment < 80; moment++) {
    setup();
    kernel.interrupt = free_in_interrupt;
    kernel.countdown = moment;
    run(alloc_poll);
    CHECK(waiter.block != NULL);
    slept += kernel.sleeps != 0;
  }
  CHECK(slept != 0 && slept < 79);
}

static void a_deadline_ends_the_sleep(void) {
  setup();
  run(alloc_poll);
  CHECK(waiter.block == NULL);
  CHECK(kernel.sleeps >= 1);
}

static enum weir_poll sleep_poll(struct weir_task *task) {
  WEIR_TASK_BEGIN(task);
  waiter.began = weir_port_now();
  weir_timer_start_after(&waiter.timer, weir_task_timers(task), 21, &task->waker);
  WEIR_AWAIT(task, weir_timer_poll(&waiter.timer));
  waiter.ended = weir_port_now();
  WEIR_TASK_END(task);
}

static void time_is_in_milliseconds_and_wraps(void) {
  for (uint32_t before = 0; before < 12; before++) {
    setup();
    kernel.ticks = UINT32_MAX / KERNEL_TICK_MS - before;
    run(sleep_poll);
    CHECK(waiter.ended - waiter.began >= 21);
    CHECK(waiter.ended - waiter.began < 21 + KERNEL_TICK_MS);
  }
}

static void set_in_interrupt(void) { weir_event_set(&event); }

static enum weir_poll event_poll(struct weir_task *task) {
  WEIR_TASK_BEGIN(task);
  weir_event_start(&event, &task->waker);
  WEIR_AWAIT(task, weir_event_poll(&event));
  weir_event_drop(&event);
  WEIR_TASK_END(task);
}

/* An event wakes inside its critical section. */
static void an_event_in_an_interrupt_at_each_moment(void) {
  for (unsigned moment = 1; moment < 80; moment++) {
    setup();
    kernel.interrupt = set_in_interrupt;
    kernel.countdown = moment;
    run(event_poll);
  }
}

static void whoever_is_awake_is_not_rung(void) {
  setup();
  kernel.interrupt = set_in_interrupt;
  run(event_poll);
  CHECK_EQUAL(kernel.gives, 1);
}

static void idle(void) {
  weir_port_mask before = weir_port_critical_enter();
  weir_port_idle();
  weir_port_critical_leave(before);
}

static void a_wake_before_the_sleep_is_kept(void) {
  setup();
  weir_port_deadline_arm(weir_port_now() + 1);
  idle(); /* FreeRTOS: it learns whose sleep it is */
  kernel.sleeps = 0;
  weir_port_deadline_arm(weir_port_now() + 1000);
  weir_port_wake();
  weir_port_wake();
  idle();
  CHECK_EQUAL(kernel.sleeps, 0);
  weir_port_deadline_arm(weir_port_now());
  idle();
  CHECK_EQUAL(kernel.sleeps, 0);
  weir_port_deadline_arm(weir_port_now() + 10);
  idle();
  CHECK_EQUAL(kernel.sleeps, 1);
  weir_port_deadline_disarm();
  CHECK_EQUAL(kernel.forbidden, 0);
}

/* The test's one thread holds it from here to there; a free in an interrupt takes no lock. */
static bool locked;

static void lock(void *context) {
  (void)context;
  CHECK(!locked);
  locked = true;
}

static void unlock(void *context) {
  (void)context;
  CHECK(locked);
  locked = false;
}

static struct weir_blocking blocking = {.lock = lock, .unlock = unlock};

static void setup_blocking(void) {
  kernel_reset();
  CHECK(weir_heap_init(&heap, arena, sizeof arena) == WEIR_OK);
  weir_blocking_share(&blocking, &heap);
  held = weir_blocking_alloc(&blocking, most);
  CHECK(held != NULL);
}

static void end_blocking(void *block) {
  weir_heap_free(&heap, block, most);
  CHECK_EQUAL(kernel.forbidden, 0);
  CHECK_EQUAL(kernel.masked, 0);
  CHECK(blocking.leader == NULL && !locked);
}

static void a_thread_blocks_until_an_interrupt_frees_at_each_moment(void) {
  unsigned slept = 0;
  for (unsigned moment = 1; moment < 40; moment++) {
    setup_blocking();
    kernel.interrupt = free_in_interrupt;
    kernel.countdown = moment;
    void *block = weir_blocking_alloc(&blocking, most);
    CHECK(block != NULL);
    slept += kernel.sleeps != 0;
    end_blocking(block);
  }
  CHECK(slept != 0);
}

static void a_deadline_ends_a_thread_s_block(void) {
  setup_blocking();
  uint32_t before = weir_port_now();
  CHECK(weir_blocking_alloc_within(&blocking, most, 21) == NULL);
  CHECK(weir_port_now() - before >= 21);
  CHECK(weir_port_now() - before < 21 + KERNEL_TICK_MS);
  end_blocking(held);
}

static struct weir_port_thread sleeper;

static void wake_sleeper(void) { weir_port_thread_wake(&sleeper); }

/* A wake that was noted while its deadline came is rung yet; the ring does not come to the next
 * sleep. */
static void no_ring_is_left_behind(void) {
  for (unsigned moment = 1; moment < 20; moment++) {
    weir_ticks deadline;
    kernel_reset();
    sleeper = (struct weir_port_thread){0};
    kernel.interrupt = wake_sleeper;
    kernel.countdown = moment;
    kernel.late = true;
    deadline = weir_port_now() + 10;
    weir_port_thread_sleep(&sleeper, &deadline);
    kernel.interrupt = 0;
    CHECK(!sleeper.owed && !sleeper.asleep);
    CHECK_EQUAL(kernel.bell.given, 0);
    CHECK_EQUAL(kernel.forbidden, 0);
  }
}

int main(void) {
  RUN(a_free_in_an_interrupt_at_each_moment);
  RUN(a_deadline_ends_the_sleep);
  RUN(time_is_in_milliseconds_and_wraps);
  RUN(an_event_in_an_interrupt_at_each_moment);
  RUN(whoever_is_awake_is_not_rung);
  RUN(a_wake_before_the_sleep_is_kept);
  RUN(a_thread_blocks_until_an_interrupt_frees_at_each_moment);
  RUN(a_deadline_ends_a_thread_s_block);
  RUN(no_ring_is_left_behind);
  return check_summary("collections/rtos");
}
