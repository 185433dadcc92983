/* A free from an interrupt at every instruction of start, poll, drop, drain and of a whole run of
 * the executor: no wake-up is lost, and nothing leaks. */
#include "check.h"
#include "fixture.h"
#include "target/interrupt.h"
#include "target/target.h"
#include "weir/executor.h"

#define TICKS_MAX 20000u /* far more than the longest routine takes */

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

static void nothing(void) {}

/* Where the interrupt came, and whether it has left no instruction out since the last time. */
struct trail {
  uintptr_t last;
  uint32_t points;
  bool complete;
};

static void follow(struct trail *trail, uintptr_t pc) {
  trail->complete &= trail->last == 0 || target_instruction_leads_to(trail->last, pc);
  trail->points += pc != trail->last;
  trail->last = pc;
}

static void report(const char *name, const struct trail *trail) {
  CHECK(trail->complete);
  CHECK(trail->points > 20);
  check_print(name);
  check_print(": interrupted at ");
  check_print_number(trail->points);
  check_print(" instructions\n");
}

/* The interrupt falls on each instruction of `routine`, as `arrange` has set it up; `verify` sees
 * what came of it. */
static void sweep(const char *name, void (*arrange)(void), void (*routine)(void),
                  void (*verify)(void)) {
  struct trail trail = {.complete = true};
  uint32_t ticks = 0;
  target_interrupt_action = free_one;
  do {
    uintptr_t pc;
    prepare();
    arrange();
    target_interrupt_arm(++ticks);
    routine();
    if (target_interrupt_disarm(&pc)) {
      follow(&trail, pc);
      verify();
    }
    keep();
    weir_alloc_drop(&alloc[0]);
    weir_alloc_drop(&alloc[1]);
    fixture_end(&at);
  } while (freed && ticks < TICKS_MAX);
  CHECK(ticks < TICKS_MAX);
  report(name, &trail);
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
  sweep("start", nothing, start_first, first_is_served);
}

static void poll_first(void) { (void)weir_alloc_poll(&alloc[0]); }

static void a_free_at_every_instruction_of_poll(void) {
  sweep("poll", start_first, poll_first, first_is_served);
}

static void drop_first(void) { weir_alloc_drop(&alloc[0]); }

static void second_is_served(void) {
  keep();
  CHECK(!is_waiting(1));
  CHECK_EQUAL(waker[1].wakes, 1);
  CHECK(weir_alloc_poll(&alloc[1]) == WEIR_READY);
}

static void a_free_at_every_instruction_of_a_waiters_drop(void) {
  sweep("drop of a waiter", start_both, drop_first, second_is_served);
}

/* The first of two holds a grant that it has not taken. */
static void grant_first(void) {
  start_both();
  fixture_free(&at, 9);
  weir_heap_drain(&at.heap, SIZE_MAX);
  at.notified = 0;
}

static void a_free_at_every_instruction_of_a_grants_drop(void) {
  sweep("drop of a grant", grant_first, drop_first, second_is_served);
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
  sweep("grant", free_for_first, drain, both_are_served);
}

/* On RISC-V the port's deadline and the interrupt of the sweep would want the same timer. */
#ifndef __riscv

/* Ticks after the free until an executor that has not come back is taken for asleep for ever. */
#define LOST_AFTER 2000000u

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

/* Keeps the ready queue in motion while the other waits. */
struct companion {
  struct weir_task task;
  unsigned rounds;
};

static struct companion companion;

static enum weir_poll companion_poll(struct weir_task *task) {
  struct companion *self = WEIR_CONTAINER_OF(task, struct companion, task);
  WEIR_TASK_BEGIN(task);
  for (self->rounds = 0; self->rounds < 3; self->rounds++)
    WEIR_YIELD(task);
  WEIR_TASK_END(task);
}

static void arrange_executor(void) {
  executor = (struct weir_executor){0};
  keeper = (struct weir_keeper){0};
  patient = (struct patient){0};
  companion = (struct companion){0};
  weir_executor_keep(&executor, &keeper, &at.heap);
  weir_executor_spawn(&executor, &patient.task, patient_poll);
  weir_executor_spawn(&executor, &companion.task, companion_poll);
}

static void lost(void) {
  check_print("a wake-up was lost: asleep for ever\n");
  target_exit(1);
}

static void free_one_and_watch(void) {
  free_one();
  target_interrupt_action = lost;
  target_interrupt_arm(LOST_AFTER);
}

/* From the first step to the sleep: when the interrupt falls into the sleep again and again, all
 * before was hit. */
static void a_free_at_every_instruction_up_to_the_sleep(void) {
  struct trail trail = {.complete = true};
  uint32_t ticks = 0, asleep = 0;
  while (asleep < 100 && ticks < TICKS_MAX) {
    uintptr_t pc;
    prepare();
    arrange_executor();
    target_interrupt_action = free_one_and_watch;
    target_interrupt_arm(++ticks);
    weir_executor_run(&executor);
    (void)target_interrupt_disarm(&pc);
    asleep = pc == trail.last ? asleep + 1 : 0;
    follow(&trail, pc);
    CHECK(freed && patient.block != NULL);
    weir_task_wake(&keeper.task);
    // It has not fallen off the ready queue.
    CHECK(executor.last[WEIR_PRIORITY_URGENT] == &keeper.task);
    weir_heap_free(&at.heap, patient.block, units(1));
    fixture_end(&at);
  }
  CHECK(ticks < TICKS_MAX);
  report("run of the executor", &trail);
}
#endif

int main(void) {
  RUN(a_free_at_every_instruction_of_start);
  RUN(a_free_at_every_instruction_of_poll);
  RUN(a_free_at_every_instruction_of_a_waiters_drop);
  RUN(a_free_at_every_instruction_of_a_grants_drop);
  RUN(a_free_at_every_instruction_of_a_grant);
#ifndef __riscv
  RUN(a_free_at_every_instruction_up_to_the_sleep);
#endif
  return check_summary("async/interrupts");
}
