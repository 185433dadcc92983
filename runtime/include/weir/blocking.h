/* An allocation that blocks its thread, for an RTOS or a host.
 *
 *   static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
 *   static void lock(void *mutex) { pthread_mutex_lock(mutex); }
 *   static void unlock(void *mutex) { pthread_mutex_unlock(mutex); }
 *   static struct weir_blocking packets = {.lock = lock, .unlock = unlock, .context = &mutex};
 *
 *   weir_blocking_share(&packets, &packet_heap);                    // once
 *
 *   frame = weir_blocking_alloc_within(&packets, layout, 50);       // in any thread
 *   ...
 *   weir_heap_free(&packet_heap, frame, layout);                    // in any context
 *
 * Who owns the heap: whoever holds the lock, which is the caller's own. The functions here take it
 * themselves, and never sleep with it. All else that belongs to the owner of the heap
 * (weir_heap_try_alloc, weir_heap_stats, ...) may be called by who takes the lock around it; what
 * that frees or drains is granted to those who block. weir_heap_free needs no lock, and takes none:
 * interrupts free as ever. An executor takes no lock, so it must not keep the same heap.
 *
 * Nobody need serve: of the threads that block, the one that blocks longest is the leader. A free
 * wakes the leader; it drains, each grant wakes the thread that it is for, and the leader sleeps
 * again until its own comes. When it leaves, the next is the leader, and what was freed meanwhile
 * is drained after that is settled: so no free falls between the two.
 *
 * The order is that of weir/waiters.h. A thread that blocks cannot be called off but by its
 * deadline, and must not be ended by others meanwhile.
 */
#ifndef WEIR_BLOCKING_H
#define WEIR_BLOCKING_H

#include "weir/alloc.h"

struct weir_blocked;

/* What the threads of one heap share. The caller's, zero but for the lock; never moved. */
struct weir_blocking {
  /* Takes and gives the lock, called with `context`. In threads only. */
  void (*lock)(void *context);
  void (*unlock)(void *context);
  void *context;

  /* The library's alone. */
  struct weir_heap *heap;
  struct weir_wait_queue queue;
  struct weir_blocked *leader; /* the ring of those that block, oldest first; the leader may be read
                                  and is changed in the port's critical section */
};

/* Lets threads block for memory of a heap, for good. Once, after weir_heap_init, before any of them
 * does, and in the place of weir_executor_keep and weir_heap_let_wait. O(1). */
void weir_blocking_share(struct weir_blocking *blocking, struct weir_heap *heap);

/* Memory, however long it takes; NULL only for a layout for which the heap is too small even when
 * it is empty. Threads only, not holding the lock. Costs, under the lock, what weir_alloc_start and
 * weir_alloc_poll cost. The port must have threads (weir_port_thread_sleep). About 120 bytes of
 * stack. */
void *weir_blocking_alloc(struct weir_blocking *blocking, struct weir_layout layout);

/* The same, for at most `ticks` from now (more than WEIR_TICKS_MAX is WEIR_TICKS_MAX): then NULL.
 * 0 does not sleep. What is granted up to the moment the thread looks again is memory. */
void *weir_blocking_alloc_within(struct weir_blocking *blocking, struct weir_layout layout,
                                 weir_ticks ticks);

#endif
