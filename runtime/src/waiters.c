#include "waiters.h"

#include "core.h"
#include "weir/trace.h"

/* Sizes are told apart between the smallest block and the smallest size of the last class. */
#define SMALLEST_LOG2 4u
_Static_assert(WEIR_HEAP_BLOCK_MIN == 1u << SMALLEST_LOG2,
               "class 0 begins with the smallest block");

/* Tickets are compared by their difference, so no budget may come near half of their range: 16 MiB,
 * which many exhausted budgets in a row do not add up to. */
#define BUDGET_MAX ((uint32_t)1 << 24)

static bool is_older(const struct weir_waiter *one, const struct weir_waiter *other) {
  return (int32_t)(one->ticket - other->ticket) < 0;
}

static unsigned char class_of(size_t size) {
  unsigned char wait_class = 0;
  while (wait_class < WEIR_WAIT_CLASSES - 1 && size >> (wait_class + SMALLEST_LOG2 + 1) != 0)
    wait_class++;
  return wait_class;
}

static unsigned char log2_of(size_t align) {
  unsigned char log2 = 0;
  while (align >> log2 > 1)
    log2++;
  return log2;
}

/* What a grant of this size costs those it overtakes: what it occupies, and more than any budget if
 * it is huge. */
static uint32_t toll(size_t size) {
  if (size < WEIR_HEAP_BLOCK_MIN)
    return WEIR_HEAP_BLOCK_MIN;
  return size < BUDGET_MAX ? (uint32_t)size : BUDGET_MAX + 1;
}

/* How many more bytes may overtake the oldest waiter of a class. */
static uint32_t budget_left(const struct weir_wait_queue *queue, unsigned wait_class) {
  unsigned size_log2 = wait_class + SMALLEST_LOG2;
  uint32_t used = queue->ticket - queue->heads[wait_class]->ticket;
  uint32_t budget =
      queue->bypass > BUDGET_MAX >> size_log2 ? BUDGET_MAX : queue->bypass << size_log2;
  return used < budget ? budget - used : 0;
}

void weir_heap_set_bypass(struct weir_heap *heap, uint32_t bypass) {
  heap->waiters.bypass = bypass;
  heap->serve = weir_waiters_serve;
}

/* For an owner who keeps polling and needs no call. */
static void notify_nobody(void *context) { (void)context; }

static void prepare_to_wait(struct weir_heap *heap) {
  if (heap->serve == NULL)
    weir_heap_set_bypass(heap, WEIR_BYPASS_DEFAULT);
  if (heap->notify == NULL)
    heap->notify = notify_nobody;
}

static void link_last(struct weir_wait_queue *queue, struct weir_waiter *waiter) {
  struct weir_waiter *head = queue->heads[waiter->wait_class];
  if (head == NULL) {
    waiter->next = waiter->previous = waiter;
    queue->heads[waiter->wait_class] = waiter;
    queue->classes |= (uint32_t)1 << waiter->wait_class;
    return;
  }
  waiter->next = head;
  waiter->previous = head->previous;
  waiter->previous->next = waiter;
  head->previous = waiter;
}

void weir_waiters_describe(struct weir_waiter *waiter, struct weir_layout layout,
                           const struct weir_waker *waker) {
  waiter->waker = waker;
  waiter->size = layout.size;
  waiter->align_log2 = log2_of(layout.align);
  waiter->wait_class = class_of(layout.size);
}

void weir_waiters_enqueue(struct weir_heap *heap, struct weir_waiter *waiter) {
  struct weir_wait_queue *queue = &heap->waiters;
  prepare_to_wait(heap);
  waiter->ticket = ++queue->ticket;
  waiter->since = weir_port_now();
  waiter->state = WEIR_WAITER_WAITING;
  link_last(queue, waiter);
  heap->counters.waiters++;
  weir_core_set_waiting(heap, true);
  WEIR_TRACE_WAIT(heap, waiter);
}

void weir_waiters_remove(struct weir_heap *heap, struct weir_waiter *waiter) {
  struct weir_wait_queue *queue = &heap->waiters;
  if (waiter->next == waiter) {
    queue->heads[waiter->wait_class] = NULL;
    queue->classes &= ~((uint32_t)1 << waiter->wait_class);
  } else {
    waiter->previous->next = waiter->next;
    waiter->next->previous = waiter->previous;
    if (queue->heads[waiter->wait_class] == waiter)
      queue->heads[waiter->wait_class] = waiter->next;
  }
  waiter->state = WEIR_WAITER_IDLE;
  heap->counters.waiters--;
  if (queue->classes == 0)
    weir_core_set_waiting(heap, false);
}

static struct weir_waiter *oldest_among(const struct weir_wait_queue *queue, uint32_t classes) {
  struct weir_waiter *oldest = NULL;
  for (unsigned i = 0; classes >> i != 0; i++) {
    if ((classes >> i & 1) == 0)
      continue;
    if (oldest == NULL || is_older(queue->heads[i], oldest))
      oldest = queue->heads[i];
  }
  return oldest;
}

/* The hand-off: the block is the waiter's before it is told, unless it is just arriving. */
static void grant(struct weir_heap *heap, struct weir_waiter *waiter, void *memory) {
  weir_ticks waited = weir_port_now() - waiter->since;
  weir_waiters_remove(heap, waiter);
  waiter->memory = memory;
  waiter->state = WEIR_WAITER_GRANTED;
  heap->counters.grants++;
  if (waited > heap->counters.longest_wait)
    heap->counters.longest_wait = waited;
  WEIR_TRACE_GRANT(heap, memory, weir_waiter_layout(waiter));
  if (waiter->waker != NULL)
    weir_waker_wake(waiter->waker);
}

/* One decision: goes through the class heads from the oldest to the youngest and grants the first
 * that fits within the budgets of all that are older. `*may_fit` loses the classes that are seen
 * not to fit: memory only gets less from one decision to the next. */
static bool serve_one(struct weir_heap *heap, uint32_t *may_fit) {
  struct weir_wait_queue *queue = &heap->waiters;
  uint32_t unseen = queue->classes;
  uint32_t budget = UINT32_MAX;
  while ((unseen & *may_fit) != 0) {
    struct weir_waiter *waiter = oldest_among(queue, unseen);
    uint32_t own_bit = (uint32_t)1 << waiter->wait_class;
    uint32_t left;
    unseen &= ~own_bit;
    if ((*may_fit & own_bit) != 0 && toll(waiter->size) <= budget) {
      void *memory = weir_core_take(heap, weir_waiter_layout(waiter));
      if (memory != NULL) {
        if (budget != UINT32_MAX)
          queue->ticket += toll(waiter->size);
        grant(heap, waiter, memory);
        return true;
      }
      // What is larger does not fit either, unless it is the alignment that does not.
      *may_fit &= (size_t)1 << waiter->align_log2 > WEIR_HEAP_GRANULE ? ~own_bit : own_bit - 1;
    }
    left = budget_left(queue, waiter->wait_class);
    if (queue->bypass != WEIR_BYPASS_UNLIMITED && left < budget)
      budget = left;
  }
  return false;
}

void weir_waiters_serve(struct weir_heap *heap) {
  uint32_t may_fit = UINT32_MAX;
  while (heap->waiters.classes != 0 && serve_one(heap, &may_fit)) {
  }
}
