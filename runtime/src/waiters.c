#include "waiters.h"

#include "core.h"
#include "deferred.h"
#include "freelist.h"
#include "region.h"
#include "run.h"
#include "tags.h"
#include "weir/trace.h"

/* Tickets are compared by their difference, so that no limited age may come near half of their
 * range. */
#define BYPASS_MAX (UINT32_C(1) << 30)

/* A class is worth twice the heap's size in age when the next is chosen, and all of them together
 * less than to be aged. */
#define CLASS_RANK_MAX (UINT32_C(1) << 25)
#define AGED_RANK (UINT32_C(1) << 31)

/* Requests that the heap cuts at its low end: they do not break large holes. */
#define SMALL_MAX ((size_t)WEIR_SMALL_GRANULES * WEIR_HEAP_GRANULE)

#define GRANULE_LOG2 ((unsigned)__builtin_ctz(WEIR_HEAP_GRANULE))

static uint32_t age_of(const struct weir_wait_queue *queue, const struct weir_waiter *waiter) {
  return queue->clock - waiter->ticket;
}

/* What a grant of this size costs those it overtakes: what it occupies, and more than any bypass if
 * it is huge. */
static uint32_t cost_of(size_t size) {
  if (size < WEIR_HEAP_BLOCK_MIN)
    return WEIR_HEAP_BLOCK_MIN;
  return size < BYPASS_MAX ? (uint32_t)size : BYPASS_MAX;
}

static void set_bypass(struct weir_wait_queue *queue, uint32_t bytes) {
  queue->bypass = bytes <= BYPASS_MAX ? bytes : WEIR_BYPASS_UNLIMITED;
  queue->aged = bytes <= BYPASS_MAX ? bytes - bytes / 5 : WEIR_BYPASS_UNLIMITED;
}

void weir_heap_set_bypass(struct weir_heap *heap, uint32_t bytes) {
  set_bypass(heap->queue, bytes);
  weir_waiters_serve(heap);
}

static unsigned char class_of(const struct weir_wait_queue *queue, size_t hole) {
  size_t width = hole >> queue->class_shift;
  return (unsigned char)(width < WEIR_WAIT_CLASSES ? width : WEIR_WAIT_CLASSES - 1);
}

static void notify_nobody(void *context) { (void)context; }

static uint32_t at_most(uint32_t number, uint32_t most) { return number < most ? number : most; }

/* Part by part, for a compiler would call memset for the whole. A head counts for nothing while the
 * bit of its class is not set. */
static void set_up(struct weir_wait_queue *queue, uint32_t capacity) {
  queue->drain = weir_waiters_drain;
  queue->oldest = NULL;
  queue->classes = 0;
  queue->clock = 0;
  queue->counters.waiters = queue->counters.grants = queue->counters.longest_wait = 0;
  queue->counters.timeouts = queue->counters.cancels = 0;
  queue->class_shift = 0;
  while (capacity >> queue->class_shift >= 2 * WEIR_WAIT_CLASSES)
    queue->class_shift++;
  set_bypass(queue, WEIR_BYPASS_DEFAULT * at_most(capacity, BYPASS_MAX / WEIR_BYPASS_DEFAULT));
  queue->class_rank = 2 * at_most(capacity, CLASS_RANK_MAX / 2);
}

void weir_heap_let_wait(struct weir_heap *heap, struct weir_wait_queue *queue,
                        void (*notify)(void *context), void *context) {
  if (heap->queue == NULL) {
    set_up(queue, (heap->end - heap->first) * WEIR_HEAP_GRANULE);
    heap->queue = queue;
  }
  heap->queue->notify_context = context;
  heap->queue->notify = notify != NULL ? notify : notify_nobody;
}

static void link_last(struct weir_wait_queue *queue, struct weir_waiter *waiter) {
  uint32_t its_class = (uint32_t)1 << waiter->wait_class;
  struct weir_waiter *head = queue->heads[waiter->wait_class];
  if (queue->classes == 0)
    queue->oldest = waiter;
  if ((queue->classes & its_class) == 0) {
    waiter->next = waiter->previous = waiter;
    queue->heads[waiter->wait_class] = waiter;
    queue->classes |= its_class;
    return;
  }
  waiter->next = head;
  waiter->previous = head->previous;
  waiter->previous->next = waiter;
  head->previous = waiter;
}

void weir_waiters_enqueue(struct weir_heap *heap, struct weir_waiter *waiter, size_t hole) {
  struct weir_wait_queue *queue = heap->queue;
  waiter->wait_class = class_of(queue, hole);
  waiter->ticket = ++queue->clock;
  waiter->since = weir_port_now();
  waiter->state = WEIR_WAITER_WAITING;
  link_last(queue, waiter);
  queue->counters.waiters++;
  weir_core_set_waiting(heap, true);
  WEIR_TRACE_WAIT(heap, waiter);
}

WEIR_STEP void unlink_waiter(struct weir_heap *heap, struct weir_waiter *waiter) {
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
  if (waiter == queue->oldest)
    queue->oldest = NULL;
  queue->counters.waiters--;
  if (queue->classes == 0)
    weir_core_set_waiting(heap, false);
}

void weir_waiters_remove(struct weir_heap *heap, struct weir_waiter *waiter) {
  unlink_waiter(heap, waiter);
}

/* The hand-off: the block is the waiter's before it is told, unless it is just arriving. Told
 * first, counted after. */
static void grant(struct weir_heap *heap, struct weir_waiter *waiter, void *memory) {
  struct weir_wait_queue *queue = heap->queue;
  unlink_waiter(heap, waiter);
  waiter->memory = memory;
  waiter->state = WEIR_WAITER_GRANTED;
  if (waiter->waker != NULL)
    weir_waker_wake(waiter->waker);
  weir_ticks waited = weir_port_now() - waiter->since;
  queue->clock += cost_of(waiter->size);
  queue->counters.grants++;
  if (waited > queue->counters.longest_wait)
    queue->counters.longest_wait = waited;
}

/* Once the block is whole: who traces may write to it. A group tells of its parts when it takes
 * them.
 */
static void tell_of_grant(struct weir_heap *heap, const struct weir_waiter *waiter) {
  (void)heap;
  if (!waiter->is_group)
    WEIR_TRACE_GRANT(heap, waiter->memory, weir_waiter_layout(waiter));
}

/* NULL when nobody waits. */
static const struct weir_waiter *oldest_of(struct weir_wait_queue *queue) {
  uint32_t classes = queue->oldest != NULL ? 0 : queue->classes;
  uint32_t most = 0;
  for (; classes != 0; classes &= classes - 1) {
    struct weir_waiter *head = queue->heads[__builtin_ctz(classes)];
    if (age_of(queue, head) >= most) {
      queue->oldest = head;
      most = age_of(queue, head);
    }
  }
  return queue->oldest;
}

/* Requests below so many bytes may be served before the oldest, and then before all who are older
 * than they. */
static uint32_t may_pass_below(const struct weir_wait_queue *queue, uint32_t age_of_oldest) {
  if (queue->bypass == WEIR_BYPASS_UNLIMITED)
    return WEIR_BYPASS_UNLIMITED;
  if (age_of_oldest + WEIR_HEAP_BLOCK_MIN > queue->bypass)
    return 0;
  return queue->bypass - age_of_oldest + 1;
}

/* Whom to try next among the heads of these classes; NULL when nobody may pass. */
static struct weir_waiter *next_of(struct weir_wait_queue *queue, uint32_t classes) {
  const struct weir_waiter *oldest = oldest_of(queue);
  struct weir_waiter *chosen = NULL;
  uint32_t highest = 0;
  if (classes == 0)
    return NULL;
  uint32_t most_of_aged = may_pass_below(queue, age_of(queue, oldest));
  uint32_t most = most_of_aged;
  if (age_of(queue, oldest) >= queue->aged && most > SMALL_MAX)
    most = SMALL_MAX + 1;
  for (; classes != 0; classes &= classes - 1) {
    uint32_t its_class = (uint32_t)__builtin_ctz(classes);
    struct weir_waiter *head = queue->heads[its_class];
    uint32_t age = age_of(queue, head);
    bool aged = age >= queue->aged;
    uint32_t rank = age + (aged ? AGED_RANK : its_class * queue->class_rank);
    if (rank >= highest && (head->size < (aged ? most_of_aged : most) || head == oldest)) {
      chosen = head;
      highest = rank;
    }
  }
  return chosen;
}

/* The classes whose requests may fit a hole below so many bytes. */
static uint32_t classes_below(const struct weir_wait_queue *queue, size_t hole) {
  size_t last = (hole + WEIR_HEAP_GRANULE - 1) >> queue->class_shift;
  return last < WEIR_WAIT_CLASSES - 1 ? ((uint32_t)2 << last) - 1 : UINT32_MAX;
}

static void *take_for(struct weir_heap *heap, struct weir_waiter *waiter) {
  if (waiter->is_group)
    return heap->queue->take_group(heap, waiter);
  return weir_core_take(heap, weir_waiter_layout(waiter));
}

/* More bytes than any free block of any arena has. */
static size_t room(const struct weir_heap *heap) {
  uint32_t most = 0;
  for (;; heap = &heap->more->heap) {
    uint32_t here = weir_freelist_room(heap);
    if (here > most)
      most = here;
    if (heap->more == NULL)
      return (size_t)most * WEIR_HEAP_GRANULE;
  }
}

/* Each turn grants, or rules out a class: memory only gets less from one to the next. */
void weir_waiters_serve(struct weir_heap *heap) {
  struct weir_wait_queue *queue = heap->queue;
  uint32_t possible = classes_below(queue, room(heap));
  struct weir_waiter *waiter;
  while ((waiter = next_of(queue, queue->classes & possible)) != NULL) {
    void *memory = take_for(heap, waiter);
    if (memory != NULL) {
      grant(heap, waiter, memory);
      tell_of_grant(heap, waiter);
    } else {
      possible &= ~((uint32_t)1 << waiter->wait_class);
    }
  }
}

struct run {
  uint32_t first, granules;
};

/* The free run that a freed block will be part of. */
static struct run run_around(struct weir_base *base, struct run block) {
  struct run run = block;
  uint32_t end = block.first + block.granules;
  if (weir_tags_free_at(base, end))
    run.granules += weir_block_at(base, end)->size;
  if (weir_tags_free_at(base, block.first - 1)) {
    uint32_t before = *weir_block_last_word(base, block.first);
    run.first -= before;
    run.granules += before;
  }
  return run;
}

/* Whoever is next for a hole of so many bytes; NULL also when that one needs more than a place to
 * be cut. */
static struct weir_waiter *next_for(struct weir_wait_queue *queue, size_t hole) {
  uint32_t classes = queue->classes & classes_below(queue, hole);
  if (classes != 0) {
    uint32_t widest = 31 - (uint32_t)__builtin_clz(classes);
    if (queue->heads[widest]->size > hole && !queue->heads[widest]->is_group)
      classes -= (uint32_t)1 << widest;
  }
  struct weir_waiter *waiter = next_of(queue, classes);
  if (waiter == NULL || waiter->is_group || waiter->size > hole ||
      waiter->align_log2 > GRANULE_LOG2)
    return NULL;
  return waiter;
}

static void give(struct weir_heap *heap, struct weir_pending *node) {
  size_t size = (size_t)node->granules * WEIR_HEAP_GRANULE;
  weir_core_give(heap, node, (struct weir_layout){size, WEIR_HEAP_GRANULE});
}

/* One block came back, and whoever waits fits no hole that was there before, or may not be served.
 * So it is, with what is free beside it, for the next whom that suffices, and what that one gets is
 * known: the waiter is told, and the block goes through the lists after. Nobody sees it half done:
 * to take what it was granted the waiter must be the heap's owner, which we are until then. False
 * when there is nobody, and nothing was done. */
static bool pass_on(struct weir_heap *heap, struct weir_pending *node) {
  struct run block = {weir_block_index(heap->base, node), node->granules};
  struct run run = run_around(heap->base, block);
  struct weir_waiter *waiter = next_for(heap->queue, (size_t)run.granules * WEIR_HEAP_GRANULE);
  if (waiter == NULL)
    return false;
  struct run part = {run.first, weir_block_granules_small(waiter->size)};
  if (part.granules > WEIR_SMALL_GRANULES)
    part.first += run.granules - part.granules;
  grant(heap, waiter, weir_block_address(heap->base, part.first));
  if (part.first == block.first && part.granules == block.granules) {
    weir_seal_break(node); // it lives on
  } else {
    give(heap, node);
    (void)weir_run_carve(heap, run.first, part.granules, WEIR_HEAP_GRANULE); // that part
  }
  tell_of_grant(heap, waiter);
  return true;
}

/* Whether more came back, here or in a further region. */
static bool any_more(const struct weir_heap *heap) {
  return weir_deferred_any(heap) || (heap->more != NULL && heap->more->calls->any(heap->more));
}

size_t weir_waiters_drain(struct weir_heap *heap, size_t max_blocks) {
  size_t moved = 0;
  struct weir_pending *node;
  while (moved != max_blocks && (node = weir_deferred_pop(heap)) != NULL) {
    bool alone = moved++ == 0 && (max_blocks == 1 || !any_more(heap));
    if (!alone || !pass_on(heap, node))
      give(heap, node);
  }
  if (heap->more != NULL)
    moved += heap->more->calls->drain(&heap->more->heap, max_blocks - moved);
  weir_waiters_serve(heap);
  return moved;
}
