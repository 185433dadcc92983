#include "core.h"
#include "deferred.h"
#include "freelist.h"
#include "guard.h"
#include "region.h"
#include "run.h"
#include "tags.h"

#include "weir/trace.h"

_Static_assert(WEIR_QUICK_GRANULES <= WEIR_TAGS_SHORT, "what is kept is short");

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
  uint32_t tags = weir_tags_words(granules - parts.heads);
  parts.base = in_granules(sizeof(struct weir_base) + tags * sizeof(uint32_t));
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
  weir_quick_start(heap);
  weir_run_release(heap, heap->first, heap->end - heap->first);
  WEIR_TRACE_INIT(heap);
  return WEIR_OK;
}

/* Push a block of the heap or of one of its regions, and tell whoever waits for it. */
WEIR_STEP void free_in(struct weir_heap *heap, struct weir_heap *region, void *pointer, size_t size,
                       size_t align) {
  uint32_t granules = weir_guard_live(region, pointer, size, align);
  WEIR_TRACE_FREE(heap, pointer, ((struct weir_layout){size, align}));
  struct weir_pending *node = pointer;
  node->granules = granules;
  weir_deferred_push(region, node);
  if (weir_shared_load(&heap->waiting))
    heap->queue->notify(heap->queue->notify_context);
}

static WEIR_OUT_OF_LINE void free_somewhere(struct weir_heap *heap, void *pointer, size_t size,
                                            size_t align) {
  free_in(heap, weir_region_of(heap, pointer), pointer, size, align);
}

/* Built for speed, a heap without regions has a way of its own. */
void weir_heap_free_parts(struct weir_heap *heap, void *pointer, size_t size, size_t align) {
  if (pointer == NULL)
    return;
  if (!WEIR_SMALL_CODE && heap->more == NULL)
    free_in(heap, heap, pointer, size, align);
  else
    free_somewhere(heap, pointer, size, align);
}

/* What the owner frees and is not to be kept, is no block, or NULL. */
WEIR_SECOND_STEP void free_otherwise(struct weir_heap *heap, void *pointer, size_t size,
                                     size_t align) {
  if (pointer == NULL)
    return;
  if (!weir_core_is_plain(heap)) {
    weir_heap_free_parts(heap, pointer, size, align);
    return;
  }
  uint32_t granules = weir_guard_live(heap, pointer, size, align);
  WEIR_TRACE_FREE(heap, pointer, ((struct weir_layout){size, align}));
  struct weir_pending *node = pointer;
  node->granules = granules;
  weir_deferred_put(heap, node);
}

/* Most blocks are short, and have a way of their own into the quick lists. What does not look like
 * one, NULL included, is left to the other way, which says what is wrong with it. */
void weir_heap_free_by_owner_parts(struct weir_heap *heap, void *pointer, size_t size,
                                   size_t align) {
  size_t granules = weir_block_granules_small(size);
  if (size > WEIR_QUICK_BYTES || !weir_core_is_plain(heap) ||
      !weir_quick_has_room(heap, granules) || !weir_guard_is_aligned(pointer, align)) {
    free_otherwise(heap, pointer, size, align);
    return;
  }
  if (!weir_guard_is_live_short(heap, pointer, granules)) {
    free_otherwise(heap, pointer, size, WEIR_HEAP_GRANULE); /* its alignment is known to be right */
    return;
  }
  WEIR_TRACE_FREE(heap, pointer, ((struct weir_layout){size, align}));
  weir_quick_put(heap, pointer, granules);
}

bool weir_heap_try_grow(struct weir_heap *heap, void *pointer, struct weir_layout layout,
                        size_t new_size) {
  struct weir_heap *region = weir_region_of(heap, pointer);
  uint32_t granules = weir_guard_live(region, pointer, layout.size, layout.align);
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
  uint32_t granules = weir_guard_live(region, pointer, layout.size, layout.align);
  uint32_t wanted = weir_block_granules(region, new_size);
  if (wanted == 0 || wanted >= granules)
    return;
  weir_run_cut(region, weir_block_index(region->base, pointer), granules, granules - wanted);
  if (weir_core_waiting(heap))
    (void)heap->queue->drain(heap, 0);
}
