#include "guard.h"

#include "weir/fatal.h"

#if WEIR_CHECKS

static enum weir_fatal_kind mistake(const struct weir_heap *heap, const void *pointer, size_t size,
                                    size_t align) {
  uintptr_t address = (uintptr_t)pointer;
  uintptr_t offset = address - (uintptr_t)heap->base;
  if (offset < (uintptr_t)heap->first * WEIR_HEAP_GRANULE ||
      offset >= (uintptr_t)heap->end * WEIR_HEAP_GRANULE)
    return WEIR_FATAL_FOREIGN;
  if (offset % WEIR_HEAP_GRANULE != 0 || (address & (align - 1)) != 0)
    return WEIR_FATAL_MISALIGNED;
  uint32_t first = weir_block_index(heap->base, pointer);
  if (weir_tags_free_at(heap->base, first))
    return WEIR_FATAL_DOUBLE_FREE;
  uint32_t granules = weir_block_granules(heap, size);
  if (granules != 0 && granules <= heap->end - first &&
      weir_tags_describe(heap->base, first, granules))
    return WEIR_FATAL_DOUBLE_FREE; /* a block of that size, so it must be a node already */
  return WEIR_FATAL_WRONG_SIZE;
}

_Noreturn void weir_guard_report(const struct weir_heap *heap, const void *pointer, size_t size,
                                 size_t align) {
  weir_fatal(mistake(heap, pointer, size, align), pointer);
}

#endif
