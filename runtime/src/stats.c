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

static uint32_t highest_list_in_use(const struct weir_heap *heap) {
  uint32_t word = heap->mask_words;
  while (word > 0 && heap->masks[word - 1] == 0)
    word--;
  if (word == 0)
    return 0;
  return word * 32 - 1 - (uint32_t)__builtin_ctz(heap->masks[word - 1]);
}

static uint32_t largest_free(const struct weir_heap *heap) {
  uint32_t largest = 0;
  uint32_t block = *weir_freelist_head(heap, highest_list_in_use(heap));
  while (block != 0) {
    const struct weir_free_block *links = weir_block_at(heap, block);
    if (links->size > largest)
      largest = links->size;
    block = links->next;
  }
  return largest;
}

static struct weir_wait_counters wait_counters(const struct weir_heap *heap) {
  return heap->queue != NULL ? heap->queue->counters : (struct weir_wait_counters){0};
}

struct weir_heap_stats weir_heap_stats(const struct weir_heap *heap) {
  return (struct weir_heap_stats){
      .capacity = bytes(heap->end - heap->first),
      .used = bytes(heap->used),
      .peak = bytes(heap->peak),
      .largest_free = bytes(largest_free(heap)),
      .pending_free = bytes(pending_granules(heap)),
      .refusals = heap->refusals,
      .wait = wait_counters(heap),
  };
}
