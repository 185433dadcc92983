#include "deferred.h"
#include "freelist.h"

static size_t bytes(uint32_t granules) { return (size_t)granules * WEIR_HEAP_GRANULE; }

static uint32_t pending_granules(const struct weir_heap *heap) {
  uint32_t granules = weir_quick_granules(heap);
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

static void add_region(struct weir_heap_stats *stats, const struct weir_heap *heap) {
  stats->capacity += bytes(heap->end - heap->first);
  stats->used += bytes(heap->used);
  stats->peak += bytes(heap->used > heap->peak ? heap->used : heap->peak);
  stats->pending_free += bytes(pending_granules(heap));
  size_t largest = bytes(largest_free(heap));
  if (largest > stats->largest_free)
    stats->largest_free = largest;
}

struct weir_heap_stats weir_heap_stats(const struct weir_heap *heap) {
  struct weir_heap_stats stats;
  stats.capacity = stats.used = stats.peak = stats.largest_free = stats.pending_free = 0;
  stats.refusals = heap->refusals;
  stats.wait = heap->queue != NULL ? heap->queue->counters : no_counters();
  for (const struct weir_heap *at = heap;; at = &at->more->heap) {
    add_region(&stats, at);
    if (at->more == NULL)
      return stats;
  }
}
