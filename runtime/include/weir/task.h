/* Stackless tasks: a function that can stop in its middle and go on there when it is polled again.
 *
 * A task is a struct of yours that begins with, or holds, a struct weir_task, and a poll function.
 * Everything that must live across an await lives in the struct: the function really returns at
 * each await, so its locals are gone.
 *
 *   struct reader {
 *     struct weir_task task;
 *     struct weir_timed_alloc frame;
 *   };
 *
 *   static enum weir_poll reader_poll(struct weir_task *task) {
 *     struct reader *self = WEIR_CONTAINER_OF(task, struct reader, task);
 *     void *frame;
 *     WEIR_TASK_BEGIN(task);
 *     WEIR_AWAIT_ALLOC_WITHIN(task, &self->frame, &heap, WEIR_LAYOUT_OF(struct frame), 50);
 *     frame = weir_timed_alloc_take(&self->frame);
 *     if (frame == NULL)
 *       send_nak(); // 50 ticks went by and there was no memory
 *     else
 *       receive_into(frame);
 *     WEIR_TASK_END(task);
 *   }
 *
 * The macros are a switch over the line number of the await (Duff, Tatham): no computed goto, clean
 * under -std=c11 -pedantic -Wall -Wextra. Three things follow from that.
 *
 * A local that is initialised before an await is garbage after it. Build with GCC's
 * -Wjump-misses-init, which warns of exactly that. Declare locals at the top without a value, and
 * give them one after the await that they follow.
 *
 * An await inside a switch of your own belongs to that one, where nobody finds it again: the task
 * traps when it is resumed there. Use if and else.
 *
 * Two awaits on one line are one case twice, which no compiler takes.
 *
 * A helper that awaits is the same thing with a struct of its own: anything with a member
 * `unsigned short resume`, zero at first and before it is run again, can stand where
 * WEIR_TASK_BEGIN and WEIR_TASK_END, WEIR_AWAIT, WEIR_AWAIT_TRUE, WEIR_SELECT and WEIR_JOIN say
 * `task`; its caller awaits its poll function.
 */
#ifndef WEIR_TASK_H
#define WEIR_TASK_H

#include <stddef.h>

#include "weir/future.h"
#include "weir/waker.h"

struct weir_executor;
struct weir_task;

/* Runs a task up to its next await. Called by the executor only, never from an interrupt. */
typedef enum weir_poll weir_task_poll(struct weir_task *task);

/* 24 bytes on a 32-bit target. Set up by weir_executor_spawn; all members are the executor's and
 * the macros'. */
struct weir_task {
  struct weir_task *next;
  struct weir_executor *executor;
  weir_task_poll *poll;
  struct weir_waker waker; /* what its futures are started with; wakes it, from any context */
  unsigned short resume;   /* line of the await it stopped at; 0 at first */
  unsigned char state;
  unsigned char priority; /* enum weir_priority */
};

#define WEIR_CONTAINER_OF(pointer, type, member)                                                   \
  ((type *)(void *)((char *)(pointer) - offsetof(type, member)))

/* The line numbers fit `resume`, and none of them is the mark of a task that is over. */
#define WEIR_TASK_OVER 0xffffU
#define WEIR_TASK_STOP_HERE_(task)                                                                 \
  _Static_assert(__LINE__ < WEIR_TASK_OVER, "an await stands beyond line 65534");                  \
  (task)->resume = (unsigned short)__LINE__

/* First and last statement of a poll function; between them it may await. Polled again after its
 * end, it is ready. */
#define WEIR_TASK_BEGIN(task)                                                                      \
  switch ((task)->resume) {                                                                        \
  default:                                                                                         \
    __builtin_trap();                                                                              \
  case WEIR_TASK_OVER:                                                                             \
    return WEIR_READY;                                                                             \
  case 0:

#define WEIR_TASK_END(task)                                                                        \
  }                                                                                                \
  (task)->resume = WEIR_TASK_OVER;                                                                 \
  return WEIR_READY

/* Ends the task from its middle. Whatever it still waits for must have been dropped. */
#define WEIR_TASK_EXIT(task)                                                                       \
  do {                                                                                             \
    (task)->resume = WEIR_TASK_OVER;                                                               \
    return WEIR_READY;                                                                             \
  } while (0)

/* Waits until `condition` holds; it is evaluated at once, and again each time the task is woken. */
#define WEIR_AWAIT_TRUE(task, condition)                                                           \
  do {                                                                                             \
    WEIR_TASK_STOP_HERE_(task);                                                                    \
    if (0) {                                                                                       \
    case __LINE__:;                                                                                \
    }                                                                                              \
    if (!(condition))                                                                              \
      return WEIR_PENDING;                                                                         \
  } while (0)

/* Waits until a poll, say weir_alloc_poll(&self->frame), answers ready. */
#define WEIR_AWAIT(task, poll) WEIR_AWAIT_TRUE(task, (poll) == WEIR_READY)

/* Waits for the first of two futures, both started with this task's waker; the loser is dropped.
 * `winner`, an lvalue, is set to WEIR_FIRST or WEIR_SECOND. */
#define WEIR_SELECT(task, winner, first, second)                                                   \
  WEIR_AWAIT_TRUE(task, ((winner) = weir_select(first, second)) != WEIR_NEITHER)

/* Waits for both of two futures, both started with this task's waker. */
#define WEIR_JOIN(task, first, second) WEIR_AWAIT(task, weir_join(first, second))

/* Lets every other task that is ready run once, then goes on. */
#define WEIR_YIELD(task)                                                                           \
  do {                                                                                             \
    WEIR_TASK_STOP_HERE_(task);                                                                    \
    weir_waker_wake(&(task)->waker);                                                               \
    return WEIR_PENDING;                                                                           \
  case __LINE__:;                                                                                  \
  } while (0)

#endif
