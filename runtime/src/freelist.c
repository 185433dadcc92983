#include "freelist.h"

#define CLASSES_PER_OCTAVE_LOG2 3u
#define SMALL_LOG2 4u
#define PROBES 3

_Static_assert(1u << SMALL_LOG2 == WEIR_SMALL_GRANULES, "octaves start above the small sizes");

static uint32_t lowest_bit(uint32_t bits) { return (uint32_t)__builtin_ctz(bits); }

uint32_t weir_freelist_class(uint32_t granules) {
  if (granules <= WEIR_SMALL_GRANULES)
    return granules - 1;
  uint32_t octave = 31 - (uint32_t)__builtin_clz(granules);
  uint32_t step = granules >> (octave - CLASSES_PER_OCTAVE_LOG2);
  /* `step` still has its leading one, which is worth one octave. */
  return WEIR_SMALL_GRANULES + ((octave - SMALL_LOG2 - 1) << CLASSES_PER_OCTAVE_LOG2) + step;
}

void weir_freelist_insert(struct weir_heap *heap, uint32_t block, uint32_t granules) {
  uint32_t class = weir_freelist_class(granules);
  weir_link *head = weir_freelist_class_head(heap, class);
  struct weir_free_block *links = weir_block_at(heap, block);
  uint32_t next = *head;
  links->next = (weir_link)next;
  links->prev = 0;
  weir_block_at(heap, next)->prev = (weir_link)block;
  *head = (weir_link)block;
  heap->class_masks[class / 32] |= UINT32_C(1) << class % 32;
}

void weir_freelist_remove(struct weir_heap *heap, uint32_t block, uint32_t granules) {
  const struct weir_free_block *links = weir_block_at(heap, block);
  uint32_t next = links->next;
  uint32_t prev = links->prev;
  weir_block_at(heap, next)->prev = (weir_link)prev;
  if (prev != 0) {
    weir_block_at(heap, prev)->next = (weir_link)next;
    return;
  }
  uint32_t class = weir_freelist_class(granules);
  *weir_freelist_class_head(heap, class) = (weir_link)next;
  if (next == 0)
    heap->class_masks[class / 32] &= ~(UINT32_C(1) << class % 32);
}

void weir_freelist_zone_insert(struct weir_heap *heap, uint32_t block) {
  uint32_t zone = block >> heap->zone_shift;
  weir_link *head = weir_freelist_zone_head(heap, zone);
  struct weir_free_block *links = weir_block_at(heap, block);
  uint32_t next = *head;
  links->zone_next = (weir_link)next;
  links->zone_prev = 0;
  weir_block_at(heap, next)->zone_prev = (weir_link)block;
  *head = (weir_link)block;
  heap->zone_mask |= UINT32_C(1) << zone;
}

void weir_freelist_zone_remove(struct weir_heap *heap, uint32_t block) {
  const struct weir_free_block *links = weir_block_at(heap, block);
  uint32_t next = links->zone_next;
  uint32_t prev = links->zone_prev;
  weir_block_at(heap, next)->zone_prev = (weir_link)prev;
  if (prev != 0) {
    weir_block_at(heap, prev)->zone_next = (weir_link)next;
    return;
  }
  uint32_t zone = block >> heap->zone_shift;
  *weir_freelist_zone_head(heap, zone) = (weir_link)next;
  if (next == 0)
    heap->zone_mask &= ~(UINT32_C(1) << zone);
}

/* Snug, else low: the smallest small block that fits; else a block from the lowest zone that has
 * one, which is not small and so fits. Small requests that break a random large hole are what
 * fragments a mixed load; this keeps the damage in one place. */
uint32_t weir_freelist_find_small(const struct weir_heap *heap, uint32_t granules) {
  uint32_t exact = heap->class_masks[0] & ((UINT32_C(1) << WEIR_SMALL_GRANULES) - 1);
  exact &= ~UINT32_C(0) << (granules - 1);
  if (exact != 0)
    return *weir_freelist_class_head(heap, lowest_bit(exact));
  if (heap->zone_mask != 0)
    return *weir_freelist_zone_head(heap, lowest_bit(heap->zone_mask));
  return 0;
}

/* The first that fits among the first few of the request's own class; else any block of the next
 * class that has one. Longer probing was simulated and does not help. */
uint32_t weir_freelist_find_large(const struct weir_heap *heap, uint32_t granules) {
  uint32_t class = weir_freelist_class(granules);
  if (class >= heap->class_words * 32)
    return 0;
  uint32_t word = class / 32;
  uint32_t mask = heap->class_masks[word] & ~UINT32_C(0) << class % 32;
  if (mask >> class % 32 & 1) {
    uint32_t block = *weir_freelist_class_head(heap, class);
    for (int probe = 0; probe < PROBES && block != 0; probe++) {
      const struct weir_free_block *links = weir_block_at(heap, block);
      if (links->size >= granules)
        return block;
      block = links->next;
    }
    mask &= mask - 1;
  }
  while (mask == 0) {
    if (++word == heap->class_words)
      return 0;
    mask = heap->class_masks[word];
  }
  return *weir_freelist_class_head(heap, word * 32 + lowest_bit(mask));
}
