/* An allocation that waits: never "no memory", only "not yet".
 *
 *   weir_alloc_start(&self->frame, &heap, WEIR_LAYOUT_OF(struct frame), &task->waker);
 *   WEIR_AWAIT(task, weir_alloc_poll(&self->frame));
 *   frame = weir_alloc_take(&self->frame);
 *
 * States, and what each call makes of them:
 *
 *              | idle              | waiting               | granted              | taken
 *   -----------+-------------------+-----------------------+----------------------+-------------
 *     start    | granted, waiting  | drop, then as idle    | drop, then as idle   | as idle
 *     poll     | pending           | pending, or granted   | ready                | ready
 *     take     | NULL              | NULL                  | the block; taken     | NULL
 *     drop     | nothing           | idle; next is served  | idle; the block goes | idle
 *              |                   |                       | to the next in line  |
 *     (a free) |                   | granted, then woken   |                      |
 *
 * The one request that is not served at the end is one that could never be: a layout for which the
 * heap is too small even when it is empty. It is ready at once, take returns NULL, and the
 * statistics count a refusal.
 *
 * The struct is the caller's: all zero at first, and neither moved nor reused while it waits or is
 * granted. All functions are task only, by the owner of the heap; what may come from anywhere is
 * the free that ends the wait. The heap must have a queue: weir_executor_keep gives it one, and so
 * does weir_heap_let_wait for who polls in a loop of his own. A request to a heap without one ends
 * in weir_fatal, whether it would have had to wait or not.
 */
#ifndef WEIR_ALLOC_H
#define WEIR_ALLOC_H

#include "weir/future.h"
#include "weir/heap.h"
#include "weir/timer.h"
#include "weir/waiters.h"

/* 32 bytes on a 32-bit target. All members are the library's. */
struct weir_alloc {
  struct weir_waiter waiter;
  struct weir_heap *heap;
};

/* Asks for memory. Ready: it is there, take it. Pending: the waker will be called, once, when it
 * is. The request never gets past those who wait already but by the policy of weir/waiters.h. The
 * alignment must be a power of two. O(1), and O(1) for each freed block that is drained: all of
 * them before it is pending. */
static inline enum weir_poll weir_alloc_start(struct weir_alloc *alloc, struct weir_heap *heap,
                                              struct weir_layout layout,
                                              const struct weir_waker *waker);

/* The same with the layout's parts apart, as weir_heap_try_alloc_parts. */
enum weir_poll weir_alloc_start_parts(struct weir_alloc *alloc, struct weir_heap *heap, size_t size,
                                      size_t align, const struct weir_waker *waker);

static inline enum weir_poll weir_alloc_start(struct weir_alloc *alloc, struct weir_heap *heap,
                                              struct weir_layout layout,
                                              const struct weir_waker *waker) {
  return weir_alloc_start_parts(alloc, heap, layout.size, layout.align, waker);
}

/* Ready or not; while waiting, drains what was freed and serves those in line first. O(1), and O(1)
 * for each freed block and each grant. */
enum weir_poll weir_alloc_poll(struct weir_alloc *alloc);

/* Hands the granted block over: it is the caller's now, to be freed with the layout that was asked
 * for. NULL when there is none to hand over. O(1). */
void *weir_alloc_take(struct weir_alloc *alloc);

/* Cancels in whatever state: stops waiting, or gives the granted block back, and serves the next in
 * line. A block that was taken stays taken. O(1), and O(1) for each grant that follows from it. */
void weir_alloc_drop(struct weir_alloc *alloc);

/* The same, for a request given up because a deadline came first: the statistics tell the two
 * apart. */
void weir_alloc_time_out(struct weir_alloc *alloc);

/* The allocation as a future, for weir_select and weir_join. */
struct weir_future weir_alloc_future(struct weir_alloc *alloc);

/* An allocation with a deadline: the select of the two, as one future. */
struct weir_timed_alloc {
  struct weir_alloc alloc;
  struct weir_timer timer;
};

/* Asks for memory, for at most `ticks` from now. Contracts as for weir_alloc_start and
 * weir_timer_start_after. */
enum weir_poll weir_timed_alloc_start(struct weir_timed_alloc *timed, struct weir_heap *heap,
                                      struct weir_layout layout, struct weir_timers *timers,
                                      weir_ticks ticks, const struct weir_waker *waker);

/* Ready when the memory is there or the time is up; both at once is memory. As weir_alloc_poll. */
enum weir_poll weir_timed_alloc_poll(struct weir_timed_alloc *timed);

/* The block, which is the caller's now, or NULL: time was up. As weir_alloc_take. */
void *weir_timed_alloc_take(struct weir_timed_alloc *timed);

/* Cancels both. As weir_alloc_drop. */
void weir_timed_alloc_drop(struct weir_timed_alloc *timed);

/* The timed allocation as a future, for weir_select and weir_join. */
struct weir_future weir_timed_alloc_future(struct weir_timed_alloc *timed);

/* For a task of weir/task.h: start and await in one statement; then take. */
#define WEIR_AWAIT_ALLOC(task, alloc, heap, layout)                                                \
  do {                                                                                             \
    if (weir_alloc_start(alloc, heap, layout, &(task)->waker) == WEIR_PENDING)                     \
      WEIR_AWAIT(task, weir_alloc_poll(alloc));                                                    \
  } while (0)

#define WEIR_AWAIT_ALLOC_WITHIN(task, timed, heap, layout, ticks)                                  \
  do {                                                                                             \
    if (weir_timed_alloc_start(timed, heap, layout, weir_task_timers(task), ticks,                 \
                               &(task)->waker) == WEIR_PENDING)                                    \
      WEIR_AWAIT(task, weir_timed_alloc_poll(timed));                                              \
  } while (0)

#endif
