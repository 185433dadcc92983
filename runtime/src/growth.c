#include "growth.h"

enum weir_poll weir_growth_start(struct weir_growth *growth, const struct weir_growth_kind *kind,
                                 void *container, struct weir_heap *heap, size_t additional,
                                 const struct weir_waker *waker) {
  weir_growth_drop(growth);
  growth->kind = kind;
  growth->container = container;
  growth->additional = additional;
  growth->alloc.heap = heap;
  growth->alloc.waiter.waker = waker;
  if (kind->try_reserve(container, additional))
    return WEIR_READY;
  return weir_growth_poll(growth);
}

/* Asks for the exact room. False when the heap can never hold it. */
static bool ask(struct weir_growth *growth) {
  struct weir_heap *heap = growth->alloc.heap;
  struct weir_layout memory;
  if (!growth->kind->needed(growth->container, growth->additional, &growth->capacity, &memory) ||
      !weir_heap_could_hold(heap, memory))
    return false;
  (void)weir_alloc_start(&growth->alloc, heap, memory, growth->alloc.waiter.waker);
  return true;
}

static void use_grant(struct weir_growth *growth) {
  if (growth->capacity <= growth->kind->capacity(growth->container)) // it has grown otherwise
    weir_alloc_drop(&growth->alloc);
  else
    growth->kind->move_to(growth->container, weir_alloc_take(&growth->alloc), growth->capacity);
}

enum weir_poll weir_growth_poll(struct weir_growth *growth) {
  while (!growth->kind->has_room(growth->container, growth->additional)) {
    unsigned char state = growth->alloc.waiter.state;
    if (state != WEIR_WAITER_WAITING && state != WEIR_WAITER_GRANTED && !ask(growth))
      return WEIR_READY;
    if (weir_alloc_poll(&growth->alloc) == WEIR_PENDING)
      return WEIR_PENDING;
    use_grant(growth);
  }
  weir_alloc_drop(&growth->alloc);
  return WEIR_READY;
}

void weir_growth_drop(struct weir_growth *growth) { weir_alloc_drop(&growth->alloc); }

static enum weir_poll poll_future(void *future) { return weir_growth_poll(future); }

static void drop_future(void *future, enum weir_drop_reason reason) {
  struct weir_growth *growth = future;
  if (reason == WEIR_DROP_TIMED_OUT)
    weir_alloc_time_out(&growth->alloc);
  weir_growth_drop(growth);
}

struct weir_future weir_growth_future(struct weir_growth *growth) {
  static const struct weir_future_kind kind = {poll_future, drop_future, WEIR_DROP_CANCELLED};
  return (struct weir_future){&kind, growth};
}
