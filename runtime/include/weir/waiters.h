/* Who waits for memory, and who is next: the policy.
 *
 * Freed memory is taken for one waiter, by name, before that waiter is woken: one wake a grant, and
 * nobody else can take it on the way (exact hand-off). Who is next is decided by age and by one
 * number, the byte-budget bypass B:
 *
 * The oldest waiter goes first. While its request does not fit, a younger one that fits is served
 * past it, as long as the bytes that were served past a waiter stay at or below B times its size.
 * B = 0 is strict order of arrival; WEIR_BYPASS_UNLIMITED lets everything pass that fits. The
 * default is 10.
 *
 * How it is decided in constant time, whatever the number of waiters: there is one ring for each
 * class of size, in order of arrival.
 *
 *   heads[0]   16..31 bytes     --> oldest <-> younger <-> youngest <-+
 *   heads[1]   32..63 bytes     --> NULL   ^--------------------------+
 *   ...
 *   heads[11]  32 KiB and more  --> oldest
 *
 * Of the oldest eight of a class, its oldest is looked at first, then the others, the largest
 * first: it leaves the least of a hole unused. A class whose oldest does not fit does not keep a
 * hole empty that another could use.
 *
 * What has overtaken a waiter is counted in two parts. `ticket` grows by one for each request that
 * starts to wait and by the size of each grant that overtakes somebody of another class; a waiter
 * notes it on arrival: smaller is older, and `ticket` minus its own is at least what other classes
 * have let past. `overtaken` counts those of its own class, who are among the oldest eight and so
 * overtake seven at most.
 *
 * The budget is B times the size, at most 16 MiB, and 1 MiB for what its own class may take of it.
 * For those beyond the eighth, whom only other classes have overtaken, it is reckoned from the
 * smallest size of the class: the oldest of them has the least left. The true number of bytes never
 * exceeds the budget; it may stay below, since a grant past one class is charged to all.
 *
 * The layer knows no tasks: a waiter is links, a layout, a waker and a result.
 */
#ifndef WEIR_WAITERS_H
#define WEIR_WAITERS_H

#include <stddef.h>
#include <stdint.h>

#include "weir/layout.h"
#include "weir/port.h"
#include "weir/waker.h"

#define WEIR_WAIT_CLASSES 12u

#define WEIR_BYPASS_DEFAULT 10u
#define WEIR_BYPASS_UNLIMITED UINT32_MAX

struct weir_heap;

/*              enqueue            grant            taken by its owner
 *     idle ------------> waiting --------> granted -----------------> taken
 *       ^                   | remove          | given back              |
 *       +-------------------+-----------------+-------------------------+
 */
enum weir_waiter_state {
  WEIR_WAITER_IDLE,
  WEIR_WAITER_WAITING,
  WEIR_WAITER_GRANTED,
  WEIR_WAITER_TAKEN
};

/* One request. The memory is its owner's, who must not move or reuse it while it waits. 28 bytes on
 * a 32-bit target. */
struct weir_waiter {
  union {
    struct weir_waiter *next; /* while waiting: the next younger of its class, or the oldest */
    void *memory;             /* once granted */
  };
  struct weir_waiter *previous;
  const struct weir_waker *waker;
  size_t size;
  uint32_t ticket;
  weir_ticks since;
  uint16_t overtaken; /* by younger ones of its class, in smallest blocks */
  unsigned char align_log2;
  unsigned char wait_class : 4;
  unsigned char state : 4; /* enum weir_waiter_state */
};

/* What the waiting layer counts; copied into the heap's statistics. */
struct weir_wait_counters {
  uint32_t waiters;      /* waiting now */
  uint32_t grants;       /* requests that waited and were granted */
  uint32_t timeouts;     /* requests given up because a deadline came first */
  uint32_t cancels;      /* requests dropped while they waited, or before they were taken */
  uint32_t longest_wait; /* in ticks, among the granted */
};

/* Where requests wait. A heap has one only if requests may wait for its memory. All members are the
 * library's. */
struct weir_wait_queue {
  void (*serve)(struct weir_heap *heap); /* the owner, after memory came back while one waits */
  void (*notify)(void *context);         /* the freeing context, while one waits */
  void *notify_context;
  struct weir_waiter *heads[WEIR_WAIT_CLASSES];
  uint32_t classes; /* bit c: heads[c] is not NULL */
  uint32_t ticket;
  uint32_t bypass; /* B */
  struct weir_wait_counters counters;
};

/* Lets requests wait for memory of a heap, in a queue that is the caller's and lives as long as the
 * heap. weir_heap_free calls `notify` with `context`, in its own context, while somebody waits: it
 * schedules a drain. NULL for an owner who keeps polling. weir_executor_keep does all this. A heap
 * that has a queue keeps the one it has, with those who wait in it, and changes whom it notifies.
 * Task only, after weir_heap_init. O(1). */
void weir_heap_let_wait(struct weir_heap *heap, struct weir_wait_queue *queue,
                        void (*notify)(void *context), void *context);

/* Chooses B for a heap that has a queue. Those who wait already are judged by it too, and served at
 * once if it lets them pass. Task only. O(1), and O(1) for each grant that follows from it. */
void weir_heap_set_bypass(struct weir_heap *heap, uint32_t bypass);

#endif
