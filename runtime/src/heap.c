#include "core.h"
#include "deferred.h"
#include "freelist.h"
#include "guard.h"
#include "region.h"
#include "tags.h"

#include "weir/trace.h"

/* Where the parts of the control data go, in bytes from the base. */
struct control {
  size_t masks, tags, heads, end;
  uint32_t mask_words;
};

static struct control lay_out(uint32_t granules) {
  uint32_t lists = weir_freelist_of(granules) + 1;
  struct control control;
  control.mask_words = lists / 32 + 1; /* a bit beyond the last: a search may start there */
  control.masks = (sizeof(struct weir_free_block) + 3) / 4 * 4;
  control.tags = control.masks + control.mask_words * sizeof(uint32_t);
  control.heads = control.tags + weir_tags_words(granules) * sizeof(uint32_t);
  control.end = control.heads + lists * sizeof(weir_link);
  return control;
}

/* Volatile, or the compiler makes a call of it to a memset many times as long. */
static void clear(unsigned char *memory, size_t bytes) {
  for (volatile unsigned char *at = memory; at != memory + bytes; at++)
    *at = 0;
}

enum weir_result weir_heap_init(struct weir_heap *heap, void *arena, size_t bytes) {
  size_t skew = (size_t)(0 - (uintptr_t)arena) % WEIR_HEAP_GRANULE;
  size_t total = bytes < skew ? 0 : (bytes - skew) / WEIR_HEAP_GRANULE;
  if (total > WEIR_GRANULES_MAX)
    return WEIR_ARENA_TOO_LARGE;
  if (total < WEIR_BLOCK_MIN_GRANULES)
    return WEIR_ARENA_TOO_SMALL;
  uint32_t granules = (uint32_t)total;
  struct control control = lay_out(granules);
  size_t first = (control.end + WEIR_HEAP_GRANULE - 1) / WEIR_HEAP_GRANULE;
  if (first + WEIR_BLOCK_MIN_GRANULES > granules)
    return WEIR_ARENA_TOO_SMALL;

  unsigned char *base = (unsigned char *)arena + skew;
  clear(base, control.end);
  clear((unsigned char *)heap, sizeof *heap);
  heap->base = base;
  heap->tags = (void *)(base + control.tags);
  heap->masks = (void *)(base + control.masks);
  heap->heads = base + control.heads;
  heap->first = (uint32_t)first;
  heap->end = granules;
  heap->mask_words = control.mask_words;
  while ((granules - 1) >> heap->zone_shift >= WEIR_ZONES)
    heap->zone_shift++;
  weir_tags_fence(heap);
  weir_region_release(heap, heap->first, heap->end - heap->first);
  WEIR_TRACE_INIT(heap);
  return WEIR_OK;
}

static bool somebody_waits(const struct weir_heap *heap) {
  return weir_shared_peek(&heap->waiting);
}

void weir_heap_free(struct weir_heap *heap, void *pointer, struct weir_layout layout) {
  if (pointer == NULL)
    return;
  weir_guard_live(heap, pointer, layout);
  WEIR_TRACE_FREE(heap, pointer, layout);
  struct weir_pending *node = pointer;
  node->granules = weir_block_granules(heap, layout.size);
  weir_deferred_push(heap, node);
  if (weir_shared_load(&heap->waiting))
    heap->queue->notify(heap->queue->notify_context);
}

static bool extend_unless_overtaking(struct weir_heap *heap, uint32_t first, uint32_t granules,
                                     uint32_t more) {
  return !somebody_waits(heap) && weir_region_extend(heap, first, granules, more);
}

bool weir_heap_try_grow(struct weir_heap *heap, void *pointer, struct weir_layout layout,
                        size_t new_size) {
  weir_guard_live(heap, pointer, layout);
  uint32_t first = weir_block_index(heap, pointer);
  uint32_t granules = weir_block_granules(heap, layout.size);
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
  weir_guard_live(heap, pointer, layout);
  uint32_t granules = weir_block_granules(heap, layout.size);
  uint32_t wanted = weir_block_granules(heap, new_size);
  if (wanted == 0 || wanted >= granules)
    return;
  weir_region_cut(heap, weir_block_index(heap, pointer), granules, granules - wanted);
  if (somebody_waits(heap))
    heap->queue->serve(heap);
}
