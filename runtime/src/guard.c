#include "guard.h"

#if WEIR_CHECKS

#include "deferred.h"
#include "tags.h"

#include "weir/fatal.h"

uint32_t weir_guard_live(const struct weir_heap *heap, const void *pointer,
                         struct weir_layout layout) {
  uintptr_t address = (uintptr_t)pointer;
  uintptr_t offset = address - (uintptr_t)heap->base;
  if (offset < (uintptr_t)heap->first * WEIR_HEAP_GRANULE ||
      offset >= (uintptr_t)heap->end * WEIR_HEAP_GRANULE)
    weir_fatal(WEIR_FATAL_FOREIGN, pointer);
  if (offset % WEIR_HEAP_GRANULE != 0 || (address & (layout.align - 1)) != 0)
    weir_fatal(WEIR_FATAL_MISALIGNED, pointer);
  uint32_t first = weir_block_index(heap->base, pointer);
  if (weir_tags_free_at(heap->base, first))
    weir_fatal(WEIR_FATAL_DOUBLE_FREE, pointer);
  if (layout.size > (size_t)(heap->end - first) * WEIR_HEAP_GRANULE)
    weir_fatal(WEIR_FATAL_WRONG_SIZE, pointer);
  uint32_t granules = weir_block_granules_small(layout.size);
  if (granules > heap->end - first || !weir_tags_describe(heap->base, first, granules))
    weir_fatal(WEIR_FATAL_WRONG_SIZE, pointer);
  if (weir_deferred_is_node(pointer, granules))
    weir_fatal(WEIR_FATAL_DOUBLE_FREE, pointer);
  return granules;
}

#endif
