#include "core.h"
#include "deferred.h"
#include "freelist.h"
#include "guard.h"
#include "region.h"
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
  parts.base = in_granules(sizeof(struct weir_base) + weir_tags_words(granules) * sizeof(uint32_t));
  uint32_t quarter = granules < parts.base ? 0 : (granules - parts.base) / 4;
  if (quarter <= WEIR_SMALL_GRANULES)
    quarter = WEIR_SMALL_GRANULES + 1;
  parts.top_list = weir_freelist_by_size(quarter) + 1;
  /* Those up to the top one and the one after it, less the two that lie in block 0. */
  parts.heads = in_granules(parts.top_list * sizeof(weir_link));
  return parts;
}

enum weir_result weir_heap_init(struct weir_heap *heap, void *arena, size_t bytes) {
  size_t skew = (size_t)(0 - (uintptr_t)arena) % WEIR_HEAP_GRANULE;
  size_t granules = bytes < skew ? 0 : (bytes - skew) / WEIR_HEAP_GRANULE;
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
  weir_region_release(heap, heap->first, heap->end - heap->first);
  WEIR_TRACE_INIT(heap);
  return WEIR_OK;
}

void weir_heap_free(struct weir_heap *heap, void *pointer, struct weir_layout layout) {
  if (pointer == NULL)
    return;
  uint32_t granules = weir_guard_live(heap, pointer, layout);
  WEIR_TRACE_FREE(heap, pointer, layout);
  struct weir_pending *node = pointer;
  node->granules = granules;
  weir_deferred_push(heap, node);
  if (weir_shared_load(&heap->waiting))
    heap->queue->notify(heap->queue->notify_context);
}

static bool extend_unless_overtaking(struct weir_heap *heap, uint32_t first, uint32_t granules,
                                     uint32_t more) {
  return !weir_core_waiting(heap) && weir_region_extend(heap, first, granules, more);
}

bool weir_heap_try_grow(struct weir_heap *heap, void *pointer, struct weir_layout layout,
                        size_t new_size) {
  uint32_t granules = weir_guard_live(heap, pointer, layout);
  uint32_t first = weir_block_index(heap->base, pointer);
  uint32_t wanted = weir_block_granules(heap, new_size);
  if (wanted != 0 && wanted <= granules)
    return new_size >= layout.size;
  weir_heap_drain(heap, WEIR_HEAP_DRAIN_STEP);
  bool grown = wanted != 0 && extend_unless_overtaking(heap, first, granules, wanted - granules);
  if (!grown && wanted != 0 && weir_deferred_any(heap)) {
    weir_heap_drain(heap, SIZE_MAX);
    grown = extend_unless_overtaking(heap, first, granules, wanted - granules);
  }
  if (!grown)
    heap->refusals++;
  return grown;
}

void weir_heap_shrink(struct weir_heap *heap, void *pointer, struct weir_layout layout,
                      size_t new_size) {
  uint32_t granules = weir_guard_live(heap, pointer, layout);
  uint32_t wanted = weir_block_granules(heap, new_size);
  if (wanted == 0 || wanted >= granules)
    return;
  weir_region_cut(heap, weir_block_index(heap->base, pointer), granules, granules - wanted);
  if (weir_core_waiting(heap))
    (void)heap->queue->drain(heap, 0);
}
