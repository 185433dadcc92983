/* The executor and the task macros on a machine that stands still until told. */
#include "weir/executor.h"

#include "check.h"
#include "fake_port.h"
#include "fixture.h"
#include "weir/alloc.h"

static struct weir_executor executor;
static struct weir_keeper keeper;
static struct fixture at;

static void setup(void) {
  fake_port_reset();
  fixture_fill(&at);
  executor = (struct weir_executor){0};
  keeper = (struct weir_keeper){0};
  weir_executor_keep(&executor, &keeper, &at.heap);
}

/* Writes down its name, yields, and again, `rounds` times. */
struct scribe {
  struct weir_task task;
  char name;
  unsigned rounds;
};

static char script[32];
static unsigned written;

static void write_down(char name) {
  CHECK(written < sizeof script - 1);
  script[written++] = name;
  script[written] = '\0';
}

static bool script_is(const char *expected) {
  unsigned i = 0;
  while (expected[i] != '\0' && expected[i] == script[i])
    i++;
  return expected[i] == script[i];
}

static enum weir_poll scribe_poll(struct weir_task *task) {
  struct scribe *self = WEIR_CONTAINER_OF(task, struct scribe, task);
  WEIR_TASK_BEGIN(task);
  while (self->rounds-- != 0) {
    write_down(self->name);
    WEIR_YIELD(task);
  }
  WEIR_TASK_END(task);
}

static void tasks_take_turns(void) {
  struct scribe scribes[3] = {
      {.name = 'a', .rounds = 3}, {.name = 'b', .rounds = 1}, {.name = 'c', .rounds = 2}};
  setup();
  written = 0;
  for (unsigned i = 0; i < 3; i++)
    weir_executor_spawn(&executor, &scribes[i].task, scribe_poll);
  weir_executor_run(&executor);
  CHECK(script_is("abcaca"));
  CHECK_EQUAL(fake_port.sleeps, 0);
  fixture_end(&at);
}

static void a_wake_of_a_ready_task_changes_nothing(void) {
  struct scribe scribes[3] = {
      {.name = 'a', .rounds = 1}, {.name = 'b', .rounds = 1}, {.name = 'c', .rounds = 1}};
  setup();
  written = 0;
  for (unsigned i = 0; i < 3; i++)
    weir_executor_spawn(&executor, &scribes[i].task, scribe_poll);
  weir_task_wake(&scribes[0].task);
  weir_executor_run(&executor);
  CHECK(script_is("abc"));
  fixture_end(&at);
}

static void spawn_at(struct scribe *scribe, enum weir_priority priority) {
  weir_executor_spawn_at(&executor, &scribe->task, scribe_poll, priority);
}

/* The least urgent is spawned first, two of each; each of a priority takes turns with the other. */
static void the_urgent_run_first_and_equals_take_turns(void) {
  struct scribe scribes[8];
  setup();
  written = 0;
  for (unsigned i = 0; i < 8; i++) {
    scribes[i] = (struct scribe){.name = (char)('a' + i), .rounds = 2};
    spawn_at(&scribes[i], (enum weir_priority)(WEIR_PRIORITY_LOW - i / 2));
  }
  weir_executor_run(&executor);
  CHECK(script_is("ghghefefcdcdabab"));
  fixture_end(&at);
}

static void a_spawn_without_priority_is_normal(void) {
  struct scribe low = {.name = 'l', .rounds = 1}, normal = {.name = 'n', .rounds = 1};
  struct scribe plain = {.name = 'p', .rounds = 1}, high = {.name = 'h', .rounds = 1};
  setup();
  written = 0;
  spawn_at(&low, WEIR_PRIORITY_LOW);
  weir_executor_spawn(&executor, &plain.task, scribe_poll);
  spawn_at(&normal, WEIR_PRIORITY_NORMAL);
  spawn_at(&high, WEIR_PRIORITY_HIGH);
  weir_executor_run(&executor);
  CHECK(script_is("hpnl"));
  low.rounds = 1;
  plain.rounds = 1;
  spawn_at(&plain, WEIR_PRIORITY_LOW); // the priority of its last life is forgotten
  weir_executor_spawn(&executor, &low.task, scribe_poll);
  weir_executor_run(&executor);
  CHECK(script_is("hpnllp"));
  fixture_end(&at);
}

/* Wakes another in the middle of its own rounds. */
struct alarm {
  struct scribe scribe;
  struct weir_task *woken;
};

static enum weir_poll alarm_poll(struct weir_task *task) {
  struct alarm *self = WEIR_CONTAINER_OF(task, struct alarm, scribe.task);
  if (self->scribe.rounds == 2)
    weir_task_wake(self->woken);
  return scribe_poll(task);
}

static enum weir_poll sleepy_poll(struct weir_task *task) {
  struct scribe *self = WEIR_CONTAINER_OF(task, struct scribe, task);
  write_down(self->name);
  return self->rounds-- == 0 ? WEIR_READY : WEIR_PENDING;
}

/* It waits for the step that runs, and for nobody else of lower priority. */
static void who_is_woken_runs_before_the_less_urgent_that_are_ready(void) {
  struct scribe urgent = {.name = 'u', .rounds = 1};
  struct scribe other = {.name = 'b', .rounds = 3};
  struct alarm alarm = {.scribe = {.name = 'a', .rounds = 3}, .woken = &urgent.task};
  setup();
  written = 0;
  weir_executor_spawn_at(&executor, &urgent.task, sleepy_poll, WEIR_PRIORITY_HIGH);
  weir_executor_spawn(&executor, &alarm.scribe.task, alarm_poll);
  weir_executor_spawn(&executor, &other.task, scribe_poll);
  weir_executor_run(&executor);
  CHECK(script_is("uabaubab"));
  fixture_end(&at);
}

/* No promise is made, so none is kept by chance: nothing ages. */
static void the_less_urgent_wait_as_long_as_the_urgent_are_ready(void) {
  struct scribe low = {.name = 'l', .rounds = 1};
  struct scribe high = {.name = 'h', .rounds = 20};
  setup();
  written = 0;
  spawn_at(&low, WEIR_PRIORITY_LOW);
  spawn_at(&high, WEIR_PRIORITY_HIGH);
  weir_executor_run(&executor);
  CHECK(script_is("hhhhhhhhhhhhhhhhhhhhl"));
  fixture_end(&at);
}

static void a_task_that_is_over_may_start_again(void) {
  struct scribe scribe = {.name = 'a', .rounds = 1};
  setup();
  written = 0;
  weir_executor_spawn(&executor, &scribe.task, scribe_poll);
  weir_executor_run(&executor);
  CHECK(scribe_poll(&scribe.task) == WEIR_READY);
  weir_task_wake(&scribe.task); // late, and without effect
  CHECK(!weir_executor_step(&executor));
  scribe.rounds = 2;
  weir_executor_spawn(&executor, &scribe.task, scribe_poll);
  weir_executor_run(&executor);
  CHECK(script_is("aaa"));
  fixture_end(&at);
}

/* Asks for one unit within 50 ticks, says what came of it, holds it for `hold` ticks. */
struct client {
  struct weir_task task;
  struct weir_timed_alloc frame;
  struct weir_timer holding;
  weir_ticks hold;
  char name;
};

static enum weir_poll client_poll(struct weir_task *task) {
  struct client *self = WEIR_CONTAINER_OF(task, struct client, task);
  void *frame;
  WEIR_TASK_BEGIN(task);
  WEIR_AWAIT_ALLOC_WITHIN(task, &self->frame, &at.heap, units(1), 50);
  frame = weir_timed_alloc_take(&self->frame);
  if (frame == NULL) {
    write_down('-');
    WEIR_TASK_EXIT(task);
  }
  write_down(self->name);
  at.held[0] = frame;
  weir_timer_start_after(&self->holding, weir_task_timers(task), self->hold, &task->waker);
  WEIR_AWAIT(task, weir_timer_poll(&self->holding));
  fixture_free(&at, 0);
  WEIR_TASK_END(task);
}

static void waiting_tasks_are_served_in_order_and_one_times_out(void) {
  struct client clients[3] = {
      {.name = 'a', .hold = 30}, {.name = 'b', .hold = 30}, {.name = 'c', .hold = 30}};
  setup();
  written = 0;
  fixture_free(&at, 0);
  for (unsigned i = 0; i < 3; i++)
    weir_executor_spawn(&executor, &clients[i].task, client_poll);
  weir_executor_run(&executor);
  CHECK(script_is("ab-"));
  CHECK_EQUAL(fake_port.now, 1060);
  CHECK_EQUAL(weir_heap_stats(&at.heap).wait.timeouts, 1);
  CHECK_EQUAL(weir_heap_stats(&at.heap).wait.grants, 1);
  fixture_end(&at);
}

struct patient {
  struct weir_task task;
  struct weir_alloc frame;
};

static enum weir_poll patient_poll(struct weir_task *task) {
  struct patient *self = WEIR_CONTAINER_OF(task, struct patient, task);
  WEIR_TASK_BEGIN(task);
  WEIR_AWAIT_ALLOC(task, &self->frame, &at.heap, units(1));
  CHECK(weir_alloc_take(&self->frame) != NULL);
  WEIR_TASK_END(task);
}

/* One block is freed, once. */
static void free_one(void *context) {
  (void)context;
  if (at.held[0] != NULL)
    fixture_free(&at, 0);
}

static void free_while_asleep(void) {
  CHECK(at.held[0] != NULL); // else it sleeps although something is ready
  free_one(NULL);
}

static void run_patient(struct patient *patient, unsigned moment) {
  void *block = at.held[0];
  *patient = (struct patient){0};
  fake_port.interrupt = free_one;
  fake_port.countdown = moment;
  fake_port.sleeping = free_while_asleep;
  weir_executor_spawn(&executor, &patient->task, patient_poll);
  weir_executor_run(&executor);
  CHECK(at.held[0] == NULL);
  at.held[0] = block; // what the patient took
}

static void an_interrupt_that_frees_ends_the_sleep_and_the_wait(void) {
  struct patient patient;
  setup();
  weir_port_deadline_arm(fake_port.now); // of a timer that is gone by now
  run_patient(&patient, 0);
  CHECK_EQUAL(fake_port.sleeps, 1);
  CHECK(!fake_port.armed);
  fixture_end(&at);
}

/* The free falls on every moment outside a critical section, from the start of the wait up to the
 * sleep. */
static void free_at_every_moment(bool deaf) {
  struct patient patient;
  unsigned moment = 0;
  do {
    setup();
    fake_port.deaf = deaf;
    run_patient(&patient, ++moment);
    fixture_end(&at);
  } while (fake_port.sleeps == 0);
  CHECK(moment > 10);
}

static void a_free_at_any_moment_is_not_lost(void) { free_at_every_moment(false); }

/* What became ready before the sleep is seen by the look into the queue; there the sleep must not
 * begin. */
static void a_free_is_not_lost_where_only_interrupts_end_a_sleep(void) {
  free_at_every_moment(true);
}

static void an_idle_executor_drains_what_was_freed(void) {
  setup();
  while (weir_executor_step(&executor)) {
  }
  for (unsigned i = 0; i < 10; i++)
    fixture_free(&at, i);
  CHECK(weir_heap_stats(&at.heap).pending_free > 0);
  while (weir_executor_step(&executor)) {
  }
  CHECK_EQUAL(weir_heap_stats(&at.heap).pending_free, 0);
  fixture_end(&at);
}

/* Waits for twelve units at once. */
static enum weir_poll hungry_poll(struct weir_task *task) {
  struct patient *self = WEIR_CONTAINER_OF(task, struct patient, task);
  WEIR_TASK_BEGIN(task);
  WEIR_AWAIT_ALLOC(task, &self->frame, &at.heap, units(12));
  weir_alloc_drop(&self->frame);
  weir_executor_stop(task->executor);
  WEIR_TASK_END(task);
}

/* Frees more blocks than maintenance drains in one turn, and then never lets the executor idle. */
static enum weir_poll busy_freer_poll(struct weir_task *task) {
  struct scribe *self = WEIR_CONTAINER_OF(task, struct scribe, task);
  WEIR_TASK_BEGIN(task);
  for (unsigned i = 0; i < 12; i++)
    fixture_free(&at, i);
  while (self->rounds-- != 0)
    WEIR_YIELD(task);
  WEIR_TASK_END(task);
}

static void maintenance_goes_on_while_others_are_busy(void) {
  struct patient hungry = {0};
  struct scribe freer = {.rounds = 20};
  setup();
  weir_executor_spawn(&executor, &hungry.task, hungry_poll);
  weir_executor_spawn(&executor, &freer.task, busy_freer_poll);
  weir_executor_run(&executor);
  CHECK(freer.rounds > 10 && freer.rounds < 20); // stopped long before the busy one was done
  fixture_end(&at);
}

/* The keeper is urgent itself: an urgent task is given its memory although one of high priority
 * never lets the executor idle. */
static void who_waits_is_served_while_the_high_are_busy(void) {
  struct patient urgent = {0};
  struct scribe freer = {.rounds = 20};
  setup();
  weir_executor_spawn_at(&executor, &urgent.task, hungry_poll, WEIR_PRIORITY_URGENT);
  weir_executor_spawn_at(&executor, &freer.task, busy_freer_poll, WEIR_PRIORITY_HIGH);
  weir_executor_run(&executor);
  CHECK(freer.rounds > 15 && freer.rounds < 20);
  fixture_end(&at);
}

struct stopper {
  struct weir_task task;
  unsigned polls;
};

static enum weir_poll stopper_poll(struct weir_task *task) {
  struct stopper *self = WEIR_CONTAINER_OF(task, struct stopper, task);
  self->polls++;
  weir_executor_stop(task->executor);
  return WEIR_PENDING;
}

static void a_stopped_executor_returns_and_can_go_on(void) {
  struct stopper stopper = {0};
  setup();
  weir_executor_spawn(&executor, &stopper.task, stopper_poll);
  weir_executor_run(&executor);
  CHECK_EQUAL(stopper.polls, 1);
  weir_task_wake(&stopper.task);
  weir_task_wake(&stopper.task); // counts once
  weir_executor_run(&executor);
  CHECK_EQUAL(stopper.polls, 2);
  CHECK_EQUAL(fake_port.sleeps, 0);
  fixture_end(&at);
}

static void stop_from_interrupt(void *context) { weir_executor_stop(context); }

static void stop_while_asleep(void) {
  CHECK(fake_port.countdown != 0); // else it sleeps although it was told to stop
  weir_executor_stop(&executor);
}

static enum weir_poll idler_poll(struct weir_task *task) {
  (void)task;
  return WEIR_PENDING;
}

/* Wherever the stop falls, the executor does not sleep on it, though only interrupts end its sleep.
 */
static void a_stop_at_any_moment_is_not_lost(void) {
  unsigned moment = 0;
  do {
    struct weir_task idler = {0};
    setup();
    fake_port.deaf = true;
    fake_port.interrupt = stop_from_interrupt;
    fake_port.context = &executor;
    fake_port.sleeping = stop_while_asleep;
    weir_executor_spawn(&executor, &idler, idler_poll);
    fake_port.countdown = ++moment;
    weir_executor_run(&executor);
    fixture_end(&at);
  } while (fake_port.sleeps == 0);
  CHECK(moment > 3);
}

/* Is woken while it runs, after it has looked. */
struct busy {
  struct weir_task task;
  unsigned polls;
};

static enum weir_poll busy_poll(struct weir_task *task) {
  struct busy *self = WEIR_CONTAINER_OF(task, struct busy, task);
  if (++self->polls == 3)
    return WEIR_READY;
  weir_task_wake(task);
  return WEIR_PENDING;
}

static void a_wake_of_the_running_task_is_not_lost(void) {
  struct busy busy = {0};
  setup();
  weir_executor_spawn(&executor, &busy.task, busy_poll);
  weir_executor_run(&executor);
  CHECK_EQUAL(busy.polls, 3);
  CHECK_EQUAL(fake_port.sleeps, 0);
  fixture_end(&at);
}

/* A helper that awaits, and a task that selects and joins. */
struct helper {
  unsigned short resume;
  struct weir_timer pause;
};

static enum weir_poll helper_poll(struct helper *self, struct weir_task *caller) {
  WEIR_TASK_BEGIN(self);
  weir_timer_start_after(&self->pause, weir_task_timers(caller), 5, &caller->waker);
  WEIR_AWAIT(self, weir_timer_poll(&self->pause));
  WEIR_TASK_END(self);
}

struct chooser {
  struct weir_task task;
  struct helper helper;
  struct weir_timer soon, late;
  enum weir_winner winner;
  weir_ticks joined;
};

static enum weir_poll chooser_poll(struct weir_task *task) {
  struct chooser *self = WEIR_CONTAINER_OF(task, struct chooser, task);
  struct weir_timers *timers = weir_task_timers(task);
  WEIR_TASK_BEGIN(task);
  WEIR_AWAIT(task, helper_poll(&self->helper, task));
  weir_timer_start_after(&self->late, timers, 20, &task->waker);
  weir_timer_start_after(&self->soon, timers, 10, &task->waker);
  WEIR_SELECT(task, self->winner, weir_timer_future(&self->late), weir_timer_future(&self->soon));
  weir_timer_start_after(&self->late, timers, 20, &task->waker);
  weir_timer_start_after(&self->soon, timers, 10, &task->waker);
  WEIR_JOIN(task, weir_timer_future(&self->late), weir_timer_future(&self->soon));
  self->joined = weir_port_now();
  WEIR_TASK_END(task);
}

static void a_task_calls_selects_and_joins(void) {
  struct chooser chooser = {0};
  setup();
  weir_executor_spawn(&executor, &chooser.task, chooser_poll);
  weir_executor_run(&executor);
  CHECK(chooser.winner == WEIR_SECOND);
  CHECK_EQUAL(chooser.joined, 1000 + 5 + 10 + 20);
  fixture_end(&at);
}

static void structs_stay_small(void) {
  if (sizeof(void *) != 4)
    return;
  CHECK(sizeof(struct weir_alloc) <= 32);
  CHECK(sizeof(struct weir_task) <= 24);
  CHECK(sizeof(struct weir_timer) <= 20);
}

int main(void) {
  RUN(tasks_take_turns);
  RUN(a_wake_of_a_ready_task_changes_nothing);
  RUN(the_urgent_run_first_and_equals_take_turns);
  RUN(a_spawn_without_priority_is_normal);
  RUN(who_is_woken_runs_before_the_less_urgent_that_are_ready);
  RUN(the_less_urgent_wait_as_long_as_the_urgent_are_ready);
  RUN(a_task_that_is_over_may_start_again);
  RUN(waiting_tasks_are_served_in_order_and_one_times_out);
  RUN(an_interrupt_that_frees_ends_the_sleep_and_the_wait);
  RUN(a_free_at_any_moment_is_not_lost);
  RUN(a_free_is_not_lost_where_only_interrupts_end_a_sleep);
  RUN(an_idle_executor_drains_what_was_freed);
  RUN(maintenance_goes_on_while_others_are_busy);
  RUN(who_waits_is_served_while_the_high_are_busy);
  RUN(a_stopped_executor_returns_and_can_go_on);
  RUN(a_stop_at_any_moment_is_not_lost);
  RUN(a_wake_of_the_running_task_is_not_lost);
  RUN(a_task_calls_selects_and_joins);
  RUN(structs_stay_small);
  return check_summary("async/executor");
}
