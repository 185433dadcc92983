/* A free from an interrupt at every instruction of start, poll, drop, drain and of a whole run of
 * the executor: no wake-up is lost, and nothing leaks. Cortex-M3 under QEMU's -icount. */
#include "weir/alloc.h"
#include "weir/executor.h"

#include "check.h"
#include "fixture.h"
#include "shot.h"

static struct fixture at;
static struct counter waker[2];
static struct weir_alloc alloc[2];
static bool freed;

static void prepare(void) {
  fixture_fill(&at);
  freed = false;
  for (unsigned i = 0; i < 2; i++) {
    counter_init(&waker[i]);
    alloc[i] = (struct weir_alloc){0};
  }
}

static void free_one(void) {
  fixture_free(&at, 0);
  freed = true;
}

static void start(unsigned i) {
  (void)weir_alloc_start(&alloc[i], &at.heap, units(1), &waker[i].waker);
}

/* What a keeper does, if and only if a free has notified it. */
static void keep(void) {
  if (at.notified != 0)
    weir_heap_drain(&at.heap, SIZE_MAX);
}

static bool is_waiting(unsigned i) { return alloc[i].waiter.state == WEIR_WAITER_WAITING; }

/* Sweeps the interrupt over `routine` as `arrange` has set it up; `verify` sees what came of each.
 * Returns how often it fell on another instruction than the time before. */
static uint32_t places_of(void (*arrange)(void), void (*routine)(void), void (*verify)(void)) {
  uint32_t ticks = 0, last = 0, places = 0, pc;
  do {
    prepare();
    arrange();
    pc = shot_run(++ticks, routine, free_one);
    places += pc != last;
    last = pc;
    if (freed)
      verify();
    keep();
    weir_alloc_drop(&alloc[0]);
    weir_alloc_drop(&alloc[1]);
    fixture_end(&at);
  } while (pc != 0);
  return places;
}

static void nothing(void) {}

/* Two instructions in a row have different addresses. If the interrupt fell on as many different
 * ones, one after the other, as are executed, then none was left out. */
static void sweep(void (*arrange)(void), void (*routine)(void), void (*verify)(void)) {
  uint32_t around = places_of(nothing, nothing, nothing);
  uint32_t places = places_of(arrange, routine, verify) - around;
  uint32_t instructions;
  prepare();
  arrange();
  instructions = shot_count(routine);
  check_print("  ");
  check_print_number(places);
  check_print(" places of interruption, ");
  check_print_number(instructions);
  check_print(" instructions\n");
  CHECK(places + 1 >= instructions);
}

static void start_first(void) { start(0); }

static void start_both(void) {
  start(0);
  start(1);
}

/* After a free, whoever waits first has been granted, or a keeper knows. */
static void first_is_served(void) {
  keep();
  CHECK(!is_waiting(0));
  CHECK(weir_alloc_poll(&alloc[0]) == WEIR_READY);
  CHECK(waker[0].wakes <= 1);
}

static void a_free_at_every_instruction_of_start(void) {
  sweep(nothing, start_first, first_is_served);
}

static void poll_first(void) { (void)weir_alloc_poll(&alloc[0]); }

static void a_free_at_every_instruction_of_poll(void) {
  sweep(start_first, poll_first, first_is_served);
}

static void drop_first(void) { weir_alloc_drop(&alloc[0]); }

static void second_is_served(void) {
  keep();
  CHECK(!is_waiting(1));
  CHECK_EQUAL(waker[1].wakes, 1);
  CHECK(weir_alloc_poll(&alloc[1]) == WEIR_READY);
}

static void a_free_at_every_instruction_of_a_waiters_drop(void) {
  sweep(start_both, drop_first, second_is_served);
}

/* The first of two holds a grant that it has not taken. */
static void grant_first(void) {
  start_both();
  fixture_free(&at, 9);
  weir_heap_drain(&at.heap, SIZE_MAX);
  at.notified = 0;
}

static void a_free_at_every_instruction_of_a_grants_drop(void) {
  sweep(grant_first, drop_first, second_is_served);
}

/* The first of two is granted while another block is freed for the second. */
static void free_for_first(void) {
  start_both();
  fixture_free(&at, 9);
  at.notified = 0;
}

static void drain(void) { weir_heap_drain(&at.heap, SIZE_MAX); }

static void both_are_served(void) {
  first_is_served();
  second_is_served();
}

static void a_free_at_every_instruction_of_a_grant(void) {
  sweep(free_for_first, drain, both_are_served);
}

struct patient {
  struct weir_task task;
  struct weir_alloc frame;
  void *block;
};

static struct weir_executor executor;
static struct weir_keeper keeper;
static struct patient patient;

static enum weir_poll patient_poll(struct weir_task *task) {
  struct patient *self = WEIR_CONTAINER_OF(task, struct patient, task);
  WEIR_TASK_BEGIN(task);
  WEIR_AWAIT_ALLOC(task, &self->frame, &at.heap, units(1));
  self->block = weir_alloc_take(&self->frame);
  WEIR_TASK_END(task);
}

static void arrange_executor(void) {
  executor = (struct weir_executor){0};
  keeper = (struct weir_keeper){0};
  patient = (struct patient){0};
  weir_executor_keep(&executor, &keeper, &at.heap);
  weir_executor_spawn(&executor, &patient.task, patient_poll);
}

static void run_executor(void) { weir_executor_run(&executor); }

/* From the first step to the sleep: once the interrupt falls into the sleep, every instruction
 * before it was hit. */
static void a_free_at_every_instruction_up_to_the_sleep(void) {
  uint32_t ticks = 0, last = 0, same = 0, places = 0;
  while (same < 100) {
    uint32_t pc;
    prepare();
    arrange_executor();
    pc = shot_run(++ticks, run_executor, free_one);
    CHECK(freed);
    CHECK(patient.block != NULL);
    places += pc != last;
    same = pc == last ? same + 1 : 0;
    last = pc;
    weir_heap_free(&at.heap, patient.block, units(1));
    fixture_end(&at);
  }
  CHECK(places > 100);
}

int main(void) {
  RUN(a_free_at_every_instruction_of_start);
  RUN(a_free_at_every_instruction_of_poll);
  RUN(a_free_at_every_instruction_of_a_waiters_drop);
  RUN(a_free_at_every_instruction_of_a_grants_drop);
  RUN(a_free_at_every_instruction_of_a_grant);
  RUN(a_free_at_every_instruction_up_to_the_sleep);
  return check_summary("async/interrupts");
}
