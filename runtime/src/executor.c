#include "weir/executor.h"

#include <stddef.h>

#include "weir/port.h"

enum { OVER, WAITING, READY, RUNNING, RERUN };

/* Blocks that maintenance drains before others get their turn. */
#define KEEPER_STEP 8u

/* Inside the critical section. The first of a ring is its own successor. */
static void append(struct weir_executor *executor, struct weir_task *task) {
  struct weir_task **last = &executor->last[task->priority];
  struct weir_task *before = *last == NULL ? task : *last;
  task->state = READY;
  task->next = before->next;
  before->next = task;
  *last = task;
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
static void launch(struct weir_executor *executor, struct weir_task *task, weir_task_poll *poll,
                   enum weir_priority priority) {
  task->executor = executor;
  task->poll = poll;
  task->waker = (struct weir_waker){wake_context, task};
  task->resume = 0;
  task->priority = (unsigned char)priority;
  task->state = WAITING;
  weir_task_wake(task);
}

void weir_executor_spawn(struct weir_executor *executor, struct weir_task *task,
                         weir_task_poll *poll) {
  weir_executor_spawn_at(executor, task, poll, WEIR_PRIORITY_NORMAL);
}

void weir_executor_spawn_at(struct weir_executor *executor, struct weir_task *task,
                            weir_task_poll *poll, enum weir_priority priority) {
  executor->live++;
  launch(executor, task, poll, priority);
}

/* Where the most urgent that are ready hang; NULL when nobody is. Inside the critical section. */
static struct weir_task **most_urgent(struct weir_executor *executor) {
  for (unsigned priority = 0; priority < WEIR_PRIORITIES; priority++)
    if (executor->last[priority] != NULL)
      return &executor->last[priority];
  return NULL;
}

static struct weir_task *take_first(struct weir_task **last) {
  struct weir_task *first = (*last)->next;
  (*last)->next = first->next;
  if (*last == first)
    *last = NULL;
  first->state = RUNNING;
  return first;
}

static struct weir_task *next_ready(struct weir_executor *executor) {
  weir_port_mask before = weir_port_critical_enter();
  struct weir_task **last = most_urgent(executor);
  struct weir_task *task = last != NULL ? take_first(last) : NULL;
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
  if (most_urgent(executor) == NULL && !weir_shared_load(&executor->stopping)) {
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
  launch(executor, &keeper->task, keep, WEIR_PRIORITY_URGENT);
  weir_heap_let_wait(heap, &keeper->queue, wake_context, &keeper->task);
}
