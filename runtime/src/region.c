#include "region.h"

#include "core.h"
#include "deferred.h"

static struct weir_heap *of(struct weir_heap *heap, const void *pointer) {
  for (struct weir_heap *at = heap;; at = &at->more->heap) {
    if ((uintptr_t)pointer - (uintptr_t)at->base < (uintptr_t)at->end * WEIR_HEAP_GRANULE)
      return at;
    if (at->more == NULL)
      return heap;
  }
}

static void *take(struct weir_region *first, size_t size, size_t align) {
  for (struct weir_region *region = first; region != NULL; region = region->heap.more) {
    void *pointer = weir_core_take_here(&region->heap, size, align);
    if (pointer != NULL)
      return pointer;
  }
  return NULL;
}

static size_t drain(struct weir_heap *first, size_t max_blocks) {
  size_t moved = 0;
  for (struct weir_heap *at = first;; at = &at->more->heap) {
    moved += weir_core_drain_here(at, max_blocks - moved);
    if (at->more == NULL)
      return moved;
  }
}

static bool any(const struct weir_region *first) {
  for (const struct weir_region *region = first; region != NULL; region = region->heap.more)
    if (weir_deferred_any(&region->heap))
      return true;
  return false;
}

enum weir_result weir_heap_add_region(struct weir_heap *heap, struct weir_region *region,
                                      void *arena, size_t bytes) {
  static const struct weir_region_calls calls = {of, take, drain, any};
  enum weir_result result = weir_heap_init(&region->heap, arena, bytes);
  if (result != WEIR_OK)
    return result;
  region->calls = &calls;
  struct weir_heap *last = heap;
  while (last->more != NULL)
    last = &last->more->heap;
  last->more = region;
  return WEIR_OK;
}
