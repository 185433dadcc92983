#include "core.h"
#include "deferred.h"
#include "freelist.h"
#include "guard.h"
#include "region.h"
#include "run.h"
#include "tags.h"

#include "weir/trace.h"

static uint32_t in_granules(size_t bytes) {
  return (uint32_t)((bytes + WEIR_HEAP_GRANULE - 1) / WEIR_HEAP_GRANULE);
}

/* Volatile, or the compiler makes a call of it to a memset many times as long. */
static void clear(unsigned char *memory, size_t bytes) {
  for (volatile unsigned char *at = memory; at != memory + bytes; at++)
    *at = 0;
}

/* How an arena of so many granules is divided, in granules: list heads, then what lies at the base,
 * then blocks. */
struct division {
  uint32_t top_list;
  uint32_t heads;
  uint32_t base;
};

static struct division divide(uint32_t granules) {
  struct division parts;
  uint32_t quarter = (granules - granules / 128) / 4; /* the tags take as much at least */
  if (quarter <= WEIR_SMALL_GRANULES)
    quarter = WEIR_SMALL_GRANULES + 1;
  parts.top_list = weir_freelist_by_size(quarter) + 1;
  /* Those up to the top one and the one after it, less the two that lie in block 0. */
  parts.heads = in_granules(parts.top_list * sizeof(weir_link));
  parts.base = in_granules(sizeof(struct weir_base) + weir_tags_words(granules) * sizeof(uint32_t));
  return parts;
}

enum weir_result weir_heap_init(struct weir_heap *heap, void *arena, size_t bytes) {
  size_t skew = (size_t)(0 - (uintptr_t)arena) % WEIR_HEAP_GRANULE;
  if (bytes < skew)
    return WEIR_ARENA_TOO_SMALL;
  size_t granules = (bytes - skew) / WEIR_HEAP_GRANULE;
  if (granules > WEIR_GRANULES_MAX)
    return WEIR_ARENA_TOO_LARGE;
  struct division parts = divide((uint32_t)granules);
  if (parts.heads + parts.base + WEIR_BLOCK_MIN_GRANULES > granules)
    return WEIR_ARENA_TOO_SMALL;

  unsigned char *start = (unsigned char *)arena + skew;
  clear(start, (size_t)(parts.heads + parts.base) * WEIR_HEAP_GRANULE);
  clear((unsigned char *)heap, sizeof *heap);
  struct weir_base *base = (void *)(start + (size_t)parts.heads * WEIR_HEAP_GRANULE);
  heap->base = base;
  heap->first = parts.base;
  heap->end = (uint32_t)granules - parts.heads;
  while ((heap->end - 1) >> heap->zone_shift >= WEIR_ZONES)
    heap->zone_shift++;
  heap->top_list = (unsigned char)parts.top_list;
  base->masks[(parts.top_list + 1) / 32] = weir_bit(parts.top_list + 1);
  weir_tags_fence(base, heap->first, heap->end);
  weir_run_release(heap, heap->first, heap->end - heap->first);
  WEIR_TRACE_INIT(heap);
  return WEIR_OK;
}

void weir_heap_free(struct weir_heap *heap, void *pointer, struct weir_layout layout) {
  if (pointer == NULL)
    return;
  struct weir_heap *region = weir_region_of(heap, pointer);
  uint32_t granules = weir_guard_live(region, pointer, layout);
  WEIR_TRACE_FREE(heap, pointer, layout);
  struct weir_pending *node = pointer;
  node->granules = granules;
  weir_deferred_push(region, node);
  if (weir_shared_load(&heap->waiting))
    heap->queue->notify(heap->queue->notify_context);
}

bool weir_heap_try_grow(struct weir_heap *heap, void *pointer, struct weir_layout layout,
                        size_t new_size) {
  struct weir_heap *region = weir_region_of(heap, pointer);
  uint32_t granules = weir_guard_live(region, pointer, layout);
  uint32_t first = weir_block_index(region->base, pointer);
  uint32_t wanted = weir_block_granules(region, new_size);
  if (wanted != 0 && wanted <= granules)
    return new_size >= layout.size;
  weir_heap_drain(heap, WEIR_HEAP_DRAIN_STEP);
  uint32_t more = wanted - granules;
  bool may = wanted != 0 && !weir_core_waiting(heap);
  bool grown = may && weir_run_extend(region, first, granules, more);
  if (!grown && wanted != 0 && weir_deferred_any(region)) {
    weir_heap_drain(heap, SIZE_MAX);
    grown = !weir_core_waiting(heap) && weir_run_extend(region, first, granules, more);
  }
  if (!grown)
    heap->refusals++;
  return grown;
}

void weir_heap_shrink(struct weir_heap *heap, void *pointer, struct weir_layout layout,
                      size_t new_size) {
  struct weir_heap *region = weir_region_of(heap, pointer);
  uint32_t granules = weir_guard_live(region, pointer, layout);
  uint32_t wanted = weir_block_granules(region, new_size);
  if (wanted == 0 || wanted >= granules)
    return;
  weir_run_cut(region, weir_block_index(region->base, pointer), granules, granules - wanted);
  if (weir_core_waiting(heap))
    (void)heap->queue->drain(heap, 0);
}
