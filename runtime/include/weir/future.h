/* What everything that waits has in common: it is polled, and it can be dropped.
 *
 * Each thing that waits is a struct of its own (weir_alloc, weir_timer, ...), given by the caller,
 * with its own functions: `start` with a waker, `poll` until ready, `take` the result, `drop` at
 * any time. `struct weir_future` is a reference to any of them, so that one select or join serves
 * all:
 *
 *   switch (weir_select(weir_alloc_future(&self->frame), weir_timer_future(&self->timeout))) ...
 *
 * Rules of a future, which its kind keeps and its callers may rely on. Poll answers ready again and
 * again until the result is taken or the future dropped. Between a pending poll and the wake
 * nothing need be polled; after the wake, the next poll tells. Drop is legal in every state, gives
 * back whatever the future holds, and leaves it idle: it may be started again, or its memory
 * reused. A future that waits must not go out of scope undropped.
 *
 * All functions here: task only; complexity is that of the kind's own poll and drop.
 */
#ifndef WEIR_FUTURE_H
#define WEIR_FUTURE_H

enum weir_poll { WEIR_PENDING, WEIR_READY };

/* Why a future is dropped; kept apart in the statistics of what it waited for. */
enum weir_drop_reason { WEIR_DROP_CANCELLED, WEIR_DROP_TIMED_OUT };

struct weir_future_kind {
  enum weir_poll (*poll)(void *future);
  void (*drop)(void *future, enum weir_drop_reason reason);
  /* What the loser is told when this kind wins a select. */
  enum weir_drop_reason beaten;
};

/* A reference: who holds it owns nothing. */
struct weir_future {
  const struct weir_future_kind *kind;
  void *self;
};

enum weir_winner { WEIR_NEITHER, WEIR_FIRST, WEIR_SECOND };

/* Polls: ready, or pending and the waker it was started with will be called. */
static inline enum weir_poll weir_future_poll(struct weir_future future) {
  return future.kind->poll(future.self);
}

/* Cancels; whatever it holds is given back. */
static inline void weir_future_drop(struct weir_future future) {
  future.kind->drop(future.self, WEIR_DROP_CANCELLED);
}

/* The first of two: polls both in order and drops the loser as soon as one is ready; if both are,
 * `first` wins. WEIR_NEITHER while both are pending. Both must have been started, with the same
 * waker. */
static inline enum weir_winner weir_select(struct weir_future first, struct weir_future second) {
  if (weir_future_poll(first) == WEIR_READY) {
    second.kind->drop(second.self, first.kind->beaten);
    return WEIR_FIRST;
  }
  if (weir_future_poll(second) == WEIR_READY) {
    first.kind->drop(first.self, second.kind->beaten);
    return WEIR_SECOND;
  }
  return WEIR_NEITHER;
}

/* Both of two: ready once both are; neither is taken or dropped. */
static inline enum weir_poll weir_join(struct weir_future first, struct weir_future second) {
  enum weir_poll one = weir_future_poll(first);
  enum weir_poll two = weir_future_poll(second);
  return one == WEIR_READY && two == WEIR_READY ? WEIR_READY : WEIR_PENDING;
}

#endif
