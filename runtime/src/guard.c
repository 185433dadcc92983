#include "guard.h"

#include "weir/fatal.h"

#if WEIR_CHECKS

static bool is_foreign(const struct weir_heap *heap, const void *pointer) {
  uintptr_t offset = (uintptr_t)pointer - (uintptr_t)heap->base;
  return offset < (uintptr_t)heap->first * WEIR_HEAP_GRANULE ||
         offset >= (uintptr_t)heap->end * WEIR_HEAP_GRANULE;
}

static enum weir_fatal_kind mistake(const struct weir_heap *heap, const void *pointer,
                                    size_t granules) {
  if (is_foreign(heap, pointer))
    return WEIR_FATAL_FOREIGN;
  uint32_t first = weir_block_index(heap->base, pointer);
  if (weir_tags_free_at(heap->base, first))
    return WEIR_FATAL_DOUBLE_FREE;
  if (granules <= heap->end - first && weir_tags_describe(heap->base, first, (uint32_t)granules))
    return WEIR_FATAL_DOUBLE_FREE; /* a block of that size, so it must be a node already */
  return WEIR_FATAL_WRONG_SIZE;
}

_Noreturn void weir_guard_report_misaligned(const struct weir_heap *heap, const void *pointer) {
  weir_fatal(is_foreign(heap, pointer) ? WEIR_FATAL_FOREIGN : WEIR_FATAL_MISALIGNED, pointer);
}

_Noreturn void weir_guard_report(const struct weir_heap *heap, const void *pointer,
                                 size_t granules) {
  weir_fatal(mistake(heap, pointer, granules), pointer);
}

#endif
