#include "deferred.h"
#include "freelist.h"

static size_t bytes(uint32_t granules) { return (size_t)granules * WEIR_HEAP_GRANULE; }

static uint32_t pending_granules(const struct weir_heap *heap) {
  uint32_t granules = 0;
  const struct weir_pending *node = weir_shared_load(&heap->pending);
  for (; node != NULL; node = node->next)
    granules += node->granules;
  for (node = heap->backlog; node != NULL; node = node->next)
    granules += node->granules;
  return granules;
}

static uint32_t largest_free(const struct weir_heap *heap) {
  uint32_t largest = 0;
  uint32_t block = *weir_freelist_head(heap->base, weir_freelist_highest(heap->base));
  while (block != 0) {
    const struct weir_free_block *found = weir_block_at(heap->base, block);
    if (found->size > largest)
      largest = found->size;
    block = found->links[WEIR_BY_CLASS].next;
  }
  return largest;
}

/* Part by part: a compiler would call memset for the whole. */
static struct weir_wait_counters no_counters(void) {
  struct weir_wait_counters counters;
  counters.waiters = counters.grants = counters.timeouts = counters.cancels = 0;
  counters.longest_wait = 0;
  return counters;
}

struct weir_heap_stats weir_heap_stats(const struct weir_heap *heap) {
  return (struct weir_heap_stats){
      .capacity = bytes(heap->end - heap->first),
      .used = bytes(heap->used),
      .peak = bytes(heap->used > heap->peak ? heap->used : heap->peak),
      .largest_free = bytes(largest_free(heap)),
      .pending_free = bytes(pending_granules(heap)),
      .refusals = heap->refusals,
      .wait = heap->queue != NULL ? heap->queue->counters : no_counters(),
  };
}
