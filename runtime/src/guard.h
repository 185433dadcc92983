/* The look at a block and its layout before either is believed. */
#ifndef WEIR_GUARD_H
#define WEIR_GUARD_H

#include "deferred.h"
#include "tags.h"

#if WEIR_CHECKS

static inline bool weir_guard_is_aligned(const void *pointer, size_t align) {
  return ((uintptr_t)pointer & ((WEIR_HEAP_GRANULE - 1) | (align - 1))) == 0;
}

static inline uintptr_t weir_guard_index(const struct weir_heap *heap, const void *pointer) {
  return ((uintptr_t)pointer - (uintptr_t)heap->base) / WEIR_HEAP_GRANULE;
}

/* An index and a block's granules are an eighth of an address at most: the sum does not run over.
 */
static inline bool weir_guard_is_inside(const struct weir_heap *heap, uintptr_t first,
                                        size_t granules) {
  return first >= heap->first && first + granules <= heap->end;
}

/* Whether a live block of `granules`, two or more, starts at a pointer that is a multiple of the
 * granule. Reads nothing but the heap's bounds, the block's own tags and the block, so it may
 * interrupt the owner anywhere. O(1). */
WEIR_STEP bool weir_guard_is_live(const struct weir_heap *heap, const void *pointer,
                                  size_t granules) {
  uintptr_t first = weir_guard_index(heap, pointer);
  return weir_guard_is_inside(heap, first, granules) &&
         weir_tags_describe(heap->base, (uint32_t)first, (uint32_t)granules) &&
         !weir_seal_is_node(pointer, (uint32_t)granules);
}

/* The same of a short block, see tags.h. Owner only. */
WEIR_STEP bool weir_guard_is_live_short(const struct weir_heap *heap, const void *pointer,
                                        size_t granules) {
  uintptr_t first = weir_guard_index(heap, pointer);
  return weir_guard_is_inside(heap, first, granules) &&
         weir_tags_describe_short(heap->base, first, granules) &&
         !weir_seal_is_node(pointer, (uint32_t)granules);
}

/* Call weir_fatal: of a pointer that is not aligned, and with what keeps weir_guard_is_live from
 * being true. */
_Noreturn void weir_guard_report_misaligned(const struct weir_heap *heap, const void *pointer);
_Noreturn void weir_guard_report(const struct weir_heap *heap, const void *pointer,
                                 size_t granules);

/* The granules of the block that starts at `pointer`: weir_fatal unless a live one of that layout
 * does. As weir_guard_is_live. */
WEIR_STEP uint32_t weir_guard_live(const struct weir_heap *heap, const void *pointer, size_t size,
                                   size_t align) {
  if (!weir_guard_is_aligned(pointer, align))
    weir_guard_report_misaligned(heap, pointer);
  size_t granules = weir_block_granules_any(size);
  if (!weir_guard_is_live(heap, pointer, granules))
    weir_guard_report(heap, pointer, granules);
  return (uint32_t)granules;
}

#else

static inline bool weir_guard_is_aligned(const void *pointer, size_t align) {
  (void)pointer, (void)align;
  return true;
}

static inline bool weir_guard_is_live_short(const struct weir_heap *heap, const void *pointer,
                                            size_t granules) {
  (void)heap, (void)granules;
  return pointer != NULL;
}

static inline uint32_t weir_guard_live(const struct weir_heap *heap, const void *pointer,
                                       size_t size, size_t align) {
  (void)heap, (void)pointer, (void)align;
  return weir_block_granules_small(size);
}

#endif

#endif
