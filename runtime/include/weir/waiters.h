/* Who waits for memory, and who is next: the policy.
 *
 * Freed memory is taken for one waiter, by name, before that waiter is woken: one wake a grant, and
 * nobody else can take it on the way (exact hand-off). Who is next is decided by age, by size, and
 * by one number, the bypass:
 *
 * The bypass is how many bytes may be served past a waiter. Age is counted in bytes too: those that
 * were granted since the waiter came. Once the oldest waiter is as old as the bypass, nobody is
 * served before it. Once it is as old as four fifths of that, it is aged, and lets pass only who is
 * aged too, and requests of at most 128 bytes, which do not break the holes that large ones need.
 * Until then everybody may pass who fits; of those, whoever has the most of age and size together:
 * holes that suit a large request are rare, so it is given them first. Of the aged, the oldest.
 *
 * 0 is strict order of arrival; WEIR_BYPASS_UNLIMITED lets pass whatever fits. The default is
 * WEIR_BYPASS_DEFAULT times what the heap can hold. It is one number for all: a small request is
 * passed by as many bytes as a large one, at most.
 *
 * How it is decided in constant time, whatever the number of waiters: there is a ring for each
 * class of size, in order of arrival. Classes are equally wide, a 32nd to a 64th of the heap;
 * within one the order is strict, so that only the heads of rings are looked at.
 *
 *   heads[0]    up to 255 bytes      --> oldest <-> younger <-> youngest <-+
 *   heads[1]    256 to 511 bytes     --> NULL   ^--------------------------+
 *   ...                                                          (of a heap of 16 KiB)
 *   heads[31]   7936 bytes and more
 *
 * `clock` grows by the size of each grant, and by one for each request that starts to wait, which
 * notes it as its ticket: a smaller ticket is older, and the clock less the ticket is at least what
 * was served past it.
 *
 * The layer knows no tasks: a waiter is links, a layout, a waker and a result.
 */
#ifndef WEIR_WAITERS_H
#define WEIR_WAITERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/layout.h"
#include "weir/port.h"
#include "weir/waker.h"

#define WEIR_WAIT_CLASSES 32u

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
  unsigned char align_log2;
  unsigned char wait_class;
  unsigned char state; /* enum weir_waiter_state */
  bool is_group;       /* several blocks, see weir/group.h */
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
  size_t (*drain)(struct weir_heap *heap, size_t max_blocks); /* in the place of the heap's own */
  void (*notify)(void *context); /* the freeing context, while one waits */
  void *(*take_group)(struct weir_heap *heap, struct weir_waiter *waiter); /* set by a group */
  void *notify_context;
  struct weir_waiter *heads[WEIR_WAIT_CLASSES];
  struct weir_waiter *oldest; /* of all; NULL when it has to be found */
  uint32_t classes;           /* bit c: somebody of class c waits */
  uint32_t clock;
  uint32_t bypass;     /* in bytes */
  uint32_t aged;       /* four fifths of it */
  uint32_t class_rank; /* what a class is worth in age when the next is chosen */
  unsigned char class_shift;
  struct weir_wait_counters counters;
};

/* Lets requests wait for memory of a heap, in a queue that is the caller's and lives as long as the
 * heap. weir_heap_free calls `notify` with `context`, in its own context, while somebody waits: it
 * schedules a drain. NULL for an owner who keeps polling. weir_executor_keep does all this. Classes
 * and the default bypass are measured by the heap's own arena: where its regions are larger, set
 * the bypass; requests above the arena's size are one class, served in order of arrival. A heap
 * that has a queue keeps the one it has, with those who wait in it, and changes whom it notifies.
 * Task only, after weir_heap_init. O(1). */
void weir_heap_let_wait(struct weir_heap *heap, struct weir_wait_queue *queue,
                        void (*notify)(void *context), void *context);

/* Chooses how many bytes may be served past a waiter of a heap that has a queue; more than 1 GiB is
 * WEIR_BYPASS_UNLIMITED. Those who wait already are judged by it too, and served at once if it lets
 * them pass. Task only. O(1), and O(1) for each grant that follows from it. */
void weir_heap_set_bypass(struct weir_heap *heap, uint32_t bytes);

#endif
