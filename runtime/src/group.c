#include "weir/group.h"

#include "core.h"
#include "region.h"
#include "waiters.h"
#include "weir/fatal.h"
#include "weir/task.h"
#include "weir/trace.h"

static void give_parts(struct weir_heap *heap, struct weir_part *parts, size_t count) {
  while (count > 0) {
    count--;
    weir_core_give(heap, parts[count].memory, parts[count].layout);
    parts[count].memory = NULL;
  }
}

/* What was tried in vain does not count as a peak. */
static void untake_parts(struct weir_heap *heap, struct weir_part *parts, size_t count) {
  while (count > 0) {
    count--;
    struct weir_heap *arena = weir_region_of(heap, parts[count].memory);
    uint32_t peak = arena->peak;
    give_parts(heap, &parts[count], 1);
    arena->peak = peak;
  }
}

/* All, or none and the heap as it was. */
static void *take_parts(struct weir_heap *heap, struct weir_waiter *waiter) {
  struct weir_group *group = WEIR_CONTAINER_OF(waiter, struct weir_group, alloc.waiter);
  for (size_t i = 0; i < group->count; i++) {
    group->parts[i].memory = weir_core_take(heap, group->parts[i].layout);
    if (group->parts[i].memory != NULL)
      continue;
    untake_parts(heap, group->parts, i);
    return NULL;
  }
  for (size_t i = 0; i < group->count; i++)
    WEIR_TRACE_GRANT(heap, group->parts[i].memory, group->parts[i].layout);
  return group->parts;
}

/* The bytes that hold the part wherever they start. */
static size_t hole_for(const struct weir_part *part) {
  size_t size = part->layout.size < WEIR_HEAP_BLOCK_MIN ? WEIR_HEAP_BLOCK_MIN : part->layout.size;
  return (size + WEIR_HEAP_GRANULE - 1) / WEIR_HEAP_GRANULE * WEIR_HEAP_GRANULE +
         (part->layout.align > WEIR_HEAP_GRANULE ? part->layout.align - WEIR_HEAP_GRANULE : 0);
}

/* Sums up the parts in the request; false when it can never be served. */
static bool describe(struct weir_group *group, size_t *largest) {
  size_t all = 0;
  *largest = 0;
  for (size_t i = 0; i < group->count; i++) {
    if (!weir_heap_could_hold(group->alloc.heap, group->parts[i].layout))
      return false;
    size_t hole = hole_for(&group->parts[i]);
    all += hole;
    if (hole > *largest)
      *largest = hole;
    if (!weir_heap_could_hold(group->alloc.heap, (struct weir_layout){all, 1}))
      return false;
  }
  group->alloc.waiter.size = all;
  return group->count != 0;
}

static bool take_at_once(struct weir_group *group) {
  struct weir_heap *heap = group->alloc.heap;
  struct weir_waiter *waiter = &group->alloc.waiter;
  weir_heap_drain(heap, SIZE_MAX);
  if (weir_core_waiting(heap))
    return false;
  waiter->memory = take_parts(heap, waiter);
  return waiter->memory != NULL;
}

/* Who is served on arrival is told so, and need not be woken. */
static enum weir_poll wait(struct weir_group *group, size_t largest) {
  struct weir_waiter *waiter = &group->alloc.waiter;
  const struct weir_waker *waker = waiter->waker;
  group->alloc.heap->queue->take_group = take_parts;
  waiter->is_group = true;
  weir_waiters_enqueue(group->alloc.heap, waiter, largest);
  waiter->waker = NULL;
  enum weir_poll polled = weir_alloc_poll(&group->alloc);
  waiter->waker = waker;
  return polled;
}

enum weir_poll weir_group_start(struct weir_group *group, struct weir_heap *heap,
                                struct weir_part *parts, size_t count,
                                const struct weir_waker *waker) {
  size_t largest;
  weir_group_drop(group);
  for (size_t i = 0; i < count; i++)
    WEIR_TRACE_REQUEST(heap, parts[i].layout);
  if (heap->queue == NULL)
    weir_fatal(WEIR_FATAL_NOBODY_CAN_WAIT, heap);
  *group = (struct weir_group){
      .alloc = {.heap = heap, .waiter.waker = waker}, .parts = parts, .count = count};
  if (!describe(group, &largest))
    heap->refusals++;
  else if (!take_at_once(group))
    return wait(group, largest);
  group->alloc.waiter.state = WEIR_WAITER_GRANTED;
  return WEIR_READY;
}

enum weir_poll weir_group_poll(struct weir_group *group) { return weir_alloc_poll(&group->alloc); }

bool weir_group_take(struct weir_group *group) { return weir_alloc_take(&group->alloc) != NULL; }

/* True when it was granted: what is other than with one block. */
static bool give_back(struct weir_group *group) {
  struct weir_waiter *waiter = &group->alloc.waiter;
  struct weir_heap *heap = group->alloc.heap;
  if (waiter->state != WEIR_WAITER_GRANTED || waiter->memory == NULL)
    return false;
  waiter->state = WEIR_WAITER_IDLE;
  for (size_t i = 0; i < group->count; i++)
    WEIR_TRACE_FREE(heap, group->parts[i].memory, group->parts[i].layout);
  give_parts(heap, group->parts, group->count);
  WEIR_TRACE_CANCEL(heap, waiter);
  if (weir_core_waiting(heap))
    weir_waiters_serve(heap);
  return true;
}

void weir_group_drop(struct weir_group *group) {
  if (give_back(group))
    group->alloc.heap->queue->counters.cancels++;
  else
    weir_alloc_drop(&group->alloc);
}

static void time_out(struct weir_group *group) {
  if (give_back(group))
    group->alloc.heap->queue->counters.timeouts++;
  else
    weir_alloc_time_out(&group->alloc);
}

static enum weir_poll poll_future(void *future) { return weir_group_poll(future); }

static void drop_future(void *future, enum weir_drop_reason reason) {
  if (reason == WEIR_DROP_TIMED_OUT)
    time_out(future);
  else
    weir_group_drop(future);
}

struct weir_future weir_group_future(struct weir_group *group) {
  static const struct weir_future_kind kind = {poll_future, drop_future, WEIR_DROP_CANCELLED};
  return (struct weir_future){&kind, group};
}
