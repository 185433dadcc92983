/* Runs tasks: static, no memory of its own, asleep when nothing is ready.
 *
 *   struct weir_executor executor;                          // all zero is ready for use
 *   struct weir_keeper keeper;
 *   struct reader reader;
 *
 *   weir_executor_keep(&executor, &keeper, &packet_heap);   // drains what interrupts free
 *   weir_executor_spawn(&executor, &reader.task, reader_poll);
 *   weir_executor_run(&executor);                           // until every task is over
 *
 * Life of a task:
 *
 *              spawn            run                    returns ready
 *      over ----------> ready -------> running -------------------------> over
 *                         ^               | | woken            returns    ^
 *                         |               | +-------> rerun -- ready -----+
 *                         |  wake         v              | returns pending
 *                         +------------ waiting          +--> ready
 *
 * There are four priorities. Of the tasks that are ready, one of the highest priority runs next;
 * among those of one priority, first in, first out. A task runs up to its await: none is
 * interrupted, so that an urgent one waits for the step of another, and for no more. Nothing ages:
 * while tasks of higher priority keep getting ready, one of a lower does not run, for ever if need
 * be. Priorities say who runs, not who is given memory: that is weir/waiters.h alone. Keepers are
 * urgent, for those they serve may be.
 *
 * The ready queues are changed only inside the port's critical section, for a few instructions: a
 * wake is legal in any context. The executor goes to sleep inside that section too, after a look at
 * the queues, so that no wake can come between the look and the sleep.
 * A wake of a task that is ready, or over, does nothing.
 */
#ifndef WEIR_EXECUTOR_H
#define WEIR_EXECUTOR_H

#include <stdbool.h>

#include "weir/heap.h"
#include "weir/shared.h"
#include "weir/task.h"
#include "weir/timer.h"

struct weir_keeper;

/* The more urgent, the smaller. */
enum weir_priority {
  WEIR_PRIORITY_URGENT,
  WEIR_PRIORITY_HIGH,
  WEIR_PRIORITY_NORMAL,
  WEIR_PRIORITY_LOW,
};

#define WEIR_PRIORITIES 4u

/* All members are the library's. It must not move once a task was spawned. */
struct weir_executor {
  struct weir_task *last[WEIR_PRIORITIES]; /* of the ready, each a ring: its next is the first */
  struct weir_timers timers;
  struct weir_keeper *keepers;
  unsigned live; /* spawned and not over, keepers not counted */
  WEIR_SHARED bool stopping;
};

/* Starts a task that is new or over: zero its struct, or what of it must be zero, first. The
 * executor refers to it until it is over; its memory is the caller's. The poll function is first
 * called from the executor's loop. Task only, O(1). */
void weir_executor_spawn(struct weir_executor *executor, struct weir_task *task,
                         weir_task_poll *poll);

/* The same, with a priority of its own, until it is over; weir_executor_spawn is for
 * WEIR_PRIORITY_NORMAL. Task only, O(1). */
void weir_executor_spawn_at(struct weir_executor *executor, struct weir_task *task,
                            weir_task_poll *poll, enum weir_priority priority);

/* Expires timers, then runs the next ready task up to its await (one of the highest priority); when
 * there is none, drains a few freed blocks of each heap it keeps. False when no task was ready and
 * nothing to be drained. Task only. */
bool weir_executor_step(struct weir_executor *executor);

/* Steps until every task is over or weir_executor_stop was called, and sleeps in between. Task
 * only. */
void weir_executor_run(struct weir_executor *executor);

/* Makes weir_executor_run return before its next step; tasks stay as they are, and may be run
 * again. Any context, O(1). */
void weir_executor_stop(struct weir_executor *executor);

/* Wakes a task: what its waker does. Any context, O(1). */
void weir_task_wake(struct weir_task *task);

/* The timers of the executor that runs the task, for the start of whatever has a deadline. */
static inline struct weir_timers *weir_task_timers(const struct weir_task *task) {
  return &task->executor->timers;
}

/* Heap maintenance: a task that a free wakes when somebody waits for memory, and that the idle
 * executor calls upon too. */
struct weir_keeper {
  struct weir_task task;
  struct weir_heap *heap;
  struct weir_keeper *next;
  struct weir_wait_queue queue;
};

/* Keeps a heap for good: requests may wait for its memory, in the keeper's queue if it has none
 * yet, and its frees notify the keeper. The keeper is the caller's, and lives as long as the
 * executor and the heap. Once for each heap, before anything waits for it. Task only, O(1).
 */
void weir_executor_keep(struct weir_executor *executor, struct weir_keeper *keeper,
                        struct weir_heap *heap);

#endif
