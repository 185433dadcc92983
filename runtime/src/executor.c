#include "weir/executor.h"

#include <stddef.h>

#include "weir/port.h"

enum { OVER, WAITING, READY, RUNNING, RERUN };

/* Blocks that maintenance drains before others get their turn. */
#define KEEPER_STEP 8u

/* Inside the critical section. */
static void append(struct weir_executor *executor, struct weir_task *task) {
  task->state = READY;
  task->next = NULL;
  if (executor->first == NULL)
    executor->first = task;
  else
    executor->last->next = task;
  executor->last = task;
}

void weir_task_wake(struct weir_task *task) {
  weir_port_mask before = weir_port_critical_enter();
  if (task->state == WAITING)
    append(task->executor, task);
  else if (task->state == RUNNING)
    task->state = RERUN;
  weir_port_critical_leave(before);
  weir_port_wake();
}

static void wake_context(void *context) { weir_task_wake(context); }

/* Also the first wake: a new task is one that waits for its turn. */
static void launch(struct weir_executor *executor, struct weir_task *task, weir_task_poll *poll) {
  task->executor = executor;
  task->poll = poll;
  task->waker = (struct weir_waker){wake_context, task};
  task->resume = 0;
  task->state = WAITING;
  weir_task_wake(task);
}

void weir_executor_spawn(struct weir_executor *executor, struct weir_task *task,
                         weir_task_poll *poll) {
  executor->live++;
  launch(executor, task, poll);
}

static struct weir_task *next_ready(struct weir_executor *executor) {
  weir_port_mask before = weir_port_critical_enter();
  struct weir_task *task = executor->first;
  if (task != NULL) {
    executor->first = task->next;
    task->state = RUNNING;
  }
  weir_port_critical_leave(before);
  return task;
}

/* A wake while it ran means that something became ready after the task had looked. */
static void run_task(struct weir_executor *executor, struct weir_task *task) {
  enum weir_poll result = task->poll(task);
  weir_port_mask before = weir_port_critical_enter();
  if (result == WEIR_READY) {
    task->state = OVER;
    executor->live--;
  } else if (task->state == RERUN) {
    append(executor, task);
  } else {
    task->state = WAITING;
  }
  weir_port_critical_leave(before);
}

static bool maintain(struct weir_executor *executor) {
  size_t drained = 0;
  for (struct weir_keeper *keeper = executor->keepers; keeper != NULL; keeper = keeper->next)
    drained += weir_heap_drain(keeper->heap, KEEPER_STEP);
  return drained != 0;
}

bool weir_executor_step(struct weir_executor *executor) {
  struct weir_task *task;
  if (executor->timers.first != NULL)
    weir_timers_expire(&executor->timers, weir_port_now());
  task = next_ready(executor);
  if (task == NULL)
    return maintain(executor);
  run_task(executor, task);
  return true;
}

/* The look and the sleep are one critical section: a wake in between is pending and ends the sleep.
 */
static void sleep_until_woken(struct weir_executor *executor) {
  weir_port_mask before = weir_port_critical_enter();
  if (executor->first == NULL && !weir_shared_load(&executor->stopping)) {
    weir_ticks deadline;
    if (weir_timers_next(&executor->timers, &deadline))
      weir_port_deadline_arm(deadline);
    else
      weir_port_deadline_disarm();
    weir_port_idle();
  }
  weir_port_critical_leave(before);
}

void weir_executor_run(struct weir_executor *executor) {
  while (executor->live != 0 && !weir_shared_load(&executor->stopping)) {
    if (!weir_executor_step(executor))
      sleep_until_woken(executor);
  }
  weir_shared_store(&executor->stopping, false);
}

void weir_executor_stop(struct weir_executor *executor) {
  weir_shared_store(&executor->stopping, true);
  weir_port_wake();
}

static enum weir_poll keep(struct weir_task *task) {
  struct weir_keeper *keeper = WEIR_CONTAINER_OF(task, struct weir_keeper, task);
  if (weir_heap_drain(keeper->heap, KEEPER_STEP) == KEEPER_STEP)
    weir_task_wake(task);
  return WEIR_PENDING;
}

void weir_executor_keep(struct weir_executor *executor, struct weir_keeper *keeper,
                        struct weir_heap *heap) {
  keeper->heap = heap;
  keeper->next = executor->keepers;
  executor->keepers = keeper;
  launch(executor, &keeper->task, keep);
  weir_heap_let_wait(heap, &keeper->queue, wake_context, &keeper->task);
}
