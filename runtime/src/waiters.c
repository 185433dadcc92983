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

/* How many of a class, the oldest, are looked at: enough to find one that fits a hole, too few to
 * make those in front wait for ever while all the others pass. */
#define WINDOW 8u

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

/* B times a size. */
static uint32_t budget_of(const struct weir_wait_queue *queue, size_t size) {
  uint64_t budget = (uint64_t)queue->bypass * toll(size);
  return budget < BUDGET_MAX ? (uint32_t)budget : BUDGET_MAX;
}

/* Lowers a budget to what a waiter, were it of this size, still lets pass: nothing once the count
 * of those of its class has come to its end. */
static void limit(uint32_t *budget, const struct weir_wait_queue *queue,
                  const struct weir_waiter *waiter, size_t size) {
  uint32_t used = queue->ticket - waiter->ticket + ((uint32_t)waiter->overtaken << SMALLEST_LOG2);
  uint32_t all = budget_of(queue, size);
  uint32_t left = used < all && waiter->overtaken != UINT16_MAX ? all - used : 0;
  if (queue->bypass != WEIR_BYPASS_UNLIMITED && left < *budget)
    *budget = left;
}

void weir_heap_set_bypass(struct weir_heap *heap, uint32_t bypass) {
  heap->queue->bypass = bypass;
  weir_waiters_serve(heap);
}

static void notify_nobody(void *context) { (void)context; }

void weir_heap_let_wait(struct weir_heap *heap, struct weir_wait_queue *queue,
                        void (*notify)(void *context), void *context) {
  if (heap->queue == NULL) {
    *queue = (struct weir_wait_queue){.serve = weir_waiters_serve, .bypass = WEIR_BYPASS_DEFAULT};
    heap->queue = queue;
  }
  heap->queue->notify_context = context;
  heap->queue->notify = notify != NULL ? notify : notify_nobody;
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
  waiter->wait_class = class_of(layout.size) & 15u;
}

void weir_waiters_enqueue(struct weir_heap *heap, struct weir_waiter *waiter) {
  struct weir_wait_queue *queue = heap->queue;
  waiter->ticket = ++queue->ticket;
  waiter->overtaken = 0;
  waiter->since = weir_port_now();
  waiter->state = WEIR_WAITER_WAITING;
  link_last(queue, waiter);
  heap->queue->counters.waiters++;
  weir_core_set_waiting(heap, true);
  WEIR_TRACE_WAIT(heap, waiter);
}

void weir_waiters_remove(struct weir_heap *heap, struct weir_waiter *waiter) {
  struct weir_wait_queue *queue = heap->queue;
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
  heap->queue->counters.waiters--;
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
  heap->queue->counters.grants++;
  if (waited > heap->queue->counters.longest_wait)
    heap->queue->counters.longest_wait = waited;
  WEIR_TRACE_GRANT(heap, memory, weir_waiter_layout(waiter));
  if (waiter->waker != NULL)
    weir_waker_wake(waiter->waker);
}

/* Notes on all that are older what is served past them: on each of its class, or on everybody when
 * those of other classes are among them. */
static void charge(struct weir_wait_queue *queue, const struct weir_waiter *granted,
                   bool past_other_classes) {
  uint32_t cost = toll(granted->size);
  uint32_t blocks = (cost + WEIR_HEAP_BLOCK_MIN - 1) >> SMALLEST_LOG2;
  struct weir_waiter *older = queue->heads[granted->wait_class];
  if (past_other_classes) {
    queue->ticket += cost;
    return;
  }
  for (; older != granted; older = older->next)
    older->overtaken =
        (uint16_t)(blocks < UINT16_MAX - (uint32_t)older->overtaken ? older->overtaken + blocks
                                                                    : UINT16_MAX);
}

/* Lowers a budget to what those of a class let pass. */
static void limit_by_class(uint32_t *budget, const struct weir_wait_queue *queue,
                           const struct weir_waiter *head) {
  const struct weir_waiter *waiter = head;
  for (unsigned rank = 0; rank < WINDOW && (rank == 0 || waiter != head); rank++) {
    limit(budget, queue, waiter, waiter->size);
    waiter = waiter->next;
  }
  if (waiter != head)
    limit(budget, queue, waiter, (size_t)WEIR_HEAP_BLOCK_MIN << head->wait_class);
}

/* Whether those of the classes that are older let a waiter pass; `*any` when there are such. */
static bool is_let_past(const struct weir_wait_queue *queue, uint32_t classes,
                        const struct weir_waiter *waiter, bool *any) {
  uint32_t budget = UINT32_MAX;
  for (unsigned i = 0; classes >> i != 0; i++) {
    if ((classes >> i & 1) == 0 || !is_older(queue->heads[i], waiter))
      continue;
    *any = true;
    limit_by_class(&budget, queue, queue->heads[i]);
  }
  return toll(waiter->size) <= budget;
}

/* Whom to try next among the oldest few of a class: the largest, for it leaves the least of a hole
 * unused. Not who was tried before or is too large, only who is within the budgets of all that are
 * older in its class, and `budget`. */
static struct weir_waiter *candidate(const struct weir_wait_queue *queue, struct weir_waiter *head,
                                     size_t too_large, uint32_t *tried, uint32_t budget) {
  struct weir_waiter *waiter = head;
  struct weir_waiter *chosen = NULL;
  uint32_t chosen_bit = 0;
  for (unsigned rank = 0; rank < WINDOW && (rank == 0 || waiter != head); rank++) {
    bool may_fit = (*tried >> rank & 1) == 0 && waiter->size < too_large;
    if (may_fit && toll(waiter->size) <= budget &&
        (chosen == NULL || waiter->size > chosen->size)) {
      chosen = waiter;
      chosen_bit = (uint32_t)1 << rank;
    }
    limit(&budget, queue, waiter, waiter->size);
    waiter = waiter->next;
  }
  *tried |= chosen_bit;
  return chosen;
}

/* Grants if it fits. If not, what is as large does not fit either, unless the alignment is why:
 * memory only gets less from one decision to the next. */
static bool serve_waiter(struct weir_heap *heap, struct weir_waiter *waiter,
                         bool past_other_classes, size_t *too_large) {
  void *memory = weir_core_take(heap, weir_waiter_layout(waiter));
  if (memory != NULL) {
    charge(heap->queue, waiter, past_other_classes);
    grant(heap, waiter, memory);
    return true;
  }
  if ((size_t)1 << waiter->align_log2 <= WEIR_HEAP_GRANULE)
    *too_large = waiter->size;
  return false;
}

/* Grants one of a class, its oldest if that fits. `budget` is what the classes with an older head
 * let pass; `younger` are those with a younger one, which may hold some that are older than others
 * of this class. */
static bool serve_class(struct weir_heap *heap, struct weir_waiter *head, uint32_t budget,
                        uint32_t younger, size_t *too_large) {
  struct weir_wait_queue *queue = heap->queue;
  bool past_older = budget != UINT32_MAX;
  struct weir_waiter *waiter;
  uint32_t tried = 1;
  if (head->size < *too_large && toll(head->size) <= budget &&
      serve_waiter(heap, head, past_older, too_large))
    return true;
  while ((waiter = candidate(queue, head, *too_large, &tried, budget)) != NULL) {
    bool past_others = past_older;
    if (is_let_past(queue, younger, waiter, &past_others) &&
        serve_waiter(heap, waiter, past_others, too_large))
      return true;
  }
  return false;
}

/* One decision: goes through the classes, the one with the oldest head first. Constant: at most
 * WINDOW tries in each. */
static bool serve_one(struct weir_heap *heap, size_t *too_large) {
  struct weir_wait_queue *queue = heap->queue;
  uint32_t unseen = queue->classes;
  uint32_t budget = UINT32_MAX;
  while (unseen != 0 && budget != 0) {
    struct weir_waiter *head = oldest_among(queue, unseen);
    unseen &= ~((uint32_t)1 << head->wait_class);
    if (serve_class(heap, head, budget, unseen, too_large))
      return true;
    limit_by_class(&budget, queue, head);
  }
  return false;
}

void weir_waiters_serve(struct weir_heap *heap) {
  size_t too_large = SIZE_MAX;
  while (heap->queue->classes != 0 && serve_one(heap, &too_large)) {
  }
}
