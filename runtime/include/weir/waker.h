/* How whoever waits is told to look again.
 *
 * A waker is a function and its context. It belongs to whoever waits (a task holds its own), and
 * must outlive every future that was started with it; futures keep a pointer, never a copy.
 *
 * A wake function
 *   - may be called from any context: a task, an interrupt, with interrupts masked;
 *   - may be called more often than something became ready, never less often;
 *   - only takes note (puts a task on a queue, gives a semaphore): it never calls back into the
 * heap, a timer queue or a future, and never blocks.
 */
#ifndef WEIR_WAKER_H
#define WEIR_WAKER_H

struct weir_waker {
  void (*wake)(void *context);
  void *context;
};

/* Wakes. Any context; as long as the wake function takes (the executor's: constant). */
static inline void weir_waker_wake(const struct weir_waker *waker) { waker->wake(waker->context); }

#endif
