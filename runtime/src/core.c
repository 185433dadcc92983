/* Placement: which part of which free block a request gets, and what happens to the rest. Small
 * requests are carved at the low end of a block, large ones at the high end. */
#include "core.h"
#include "deferred.h"
#include "freelist.h"
#include "region.h"
#include "tags.h"

/* Make [first, first + granules) a free block of its class. Its zone is the caller's business. */
static void put_free(struct weir_heap *heap, uint32_t first, uint32_t granules) {
  weir_block_at(heap, first)->size = (weir_link)granules;
  *weir_block_last_word(heap, first + granules) = (weir_link)granules;
  weir_tags_free(heap, first, granules);
  if (granules >= WEIR_BLOCK_MIN_GRANULES)
    weir_freelist_insert(heap, first, granules);
}

static void put_free_in_zone(struct weir_heap *heap, uint32_t first, uint32_t granules) {
  put_free(heap, first, granules);
  if (granules > WEIR_SMALL_GRANULES)
    weir_freelist_zone_insert(heap, first);
}

/* Undo put_free. */
static void unput_free(struct weir_heap *heap, uint32_t first, uint32_t granules) {
  weir_tags_unfree(heap, first, granules);
  if (granules >= WEIR_BLOCK_MIN_GRANULES)
    weir_freelist_remove(heap, first, granules);
}

static void count_used(struct weir_heap *heap, uint32_t granules) {
  heap->used += granules;
  if (heap->used > heap->peak)
    heap->peak = heap->used;
}

/* Cut [at, at + granules) out of a free block. What remains in front keeps its start, and with it
 * its place in its zone's list. */
static void carve(struct weir_heap *heap, uint32_t block, uint32_t at, uint32_t granules) {
  uint32_t size = weir_block_at(heap, block)->size;
  uint32_t front = at - block;
  uint32_t back = size - front - granules;
  unput_free(heap, block, size);
  if (size > WEIR_SMALL_GRANULES && front <= WEIR_SMALL_GRANULES)
    weir_freelist_zone_remove(heap, block);
  if (front != 0)
    put_free(heap, block, front);
  if (back != 0)
    put_free_in_zone(heap, at + granules, back);
  weir_tags_live(heap, at, granules);
  count_used(heap, granules);
}

/* The granule of a free block where an aligned request is cut: nearest to the end that it is cut
 * from. `align` is at least a granule, and the block is long enough for any place. */
static uint32_t aligned_place(const struct weir_heap *heap, uint32_t block, uint32_t granules,
                              size_t align) {
  uintptr_t mask = ~((uintptr_t)align - 1);
  uintptr_t start = (uintptr_t)weir_block_address(heap, block);
  if (granules <= WEIR_SMALL_GRANULES)
    return block + (uint32_t)(((start + align - 1) & mask) - start) / WEIR_HEAP_GRANULE;
  uint32_t last = weir_block_at(heap, block)->size - granules;
  uintptr_t place = (start + (uintptr_t)last * WEIR_HEAP_GRANULE) & mask;
  return block + (uint32_t)(place - start) / WEIR_HEAP_GRANULE;
}

/* How long a free block must be for the layout to fit wherever the block starts; 0 when no block of
 * this heap is, or when the alignment is none. */
static uint32_t granules_wanted(const struct weir_heap *heap, struct weir_layout layout,
                                uint32_t granules) {
  if (granules == 0 || !weir_layout_is_valid(layout))
    return 0;
  if (layout.align <= WEIR_HEAP_GRANULE)
    return granules;
  size_t slack = layout.align / WEIR_HEAP_GRANULE - 1;
  if (slack > heap->end - heap->first - granules)
    return 0;
  return granules + (uint32_t)slack;
}

void *weir_core_take(struct weir_heap *heap, struct weir_layout layout) {
  uint32_t granules = weir_block_granules(heap, layout.size);
  uint32_t wanted = granules_wanted(heap, layout, granules);
  if (wanted == 0)
    return NULL;
  uint32_t block = wanted <= WEIR_SMALL_GRANULES ? weir_freelist_find_small(heap, wanted)
                                                 : weir_freelist_find_large(heap, wanted);
  if (block == 0)
    return NULL;
  uint32_t at = block;
  if (layout.align > WEIR_HEAP_GRANULE)
    at = aligned_place(heap, block, granules, layout.align);
  else if (granules > WEIR_SMALL_GRANULES)
    at = block + weir_block_at(heap, block)->size - granules;
  carve(heap, block, at, granules);
  void *pointer = weir_block_address(heap, at);
  weir_deferred_forget(pointer);
  return pointer;
}

void weir_region_release(struct weir_heap *heap, uint32_t first, uint32_t granules) {
  uint32_t end = first + granules;
  bool in_zone = false;
  if (weir_tags_free_at(heap, end)) {
    uint32_t next = weir_block_at(heap, end)->size;
    unput_free(heap, end, next);
    if (next > WEIR_SMALL_GRANULES)
      weir_freelist_zone_remove(heap, end);
    granules += next;
  }
  if (weir_tags_free_at(heap, first - 1)) {
    uint32_t before = *weir_block_last_word(heap, first);
    first -= before;
    granules += before;
    unput_free(heap, first, before);
    in_zone = before > WEIR_SMALL_GRANULES;
  }
  put_free(heap, first, granules);
  if (granules > WEIR_SMALL_GRANULES && !in_zone)
    weir_freelist_zone_insert(heap, first);
}

void weir_core_give(struct weir_heap *heap, void *pointer, struct weir_layout layout) {
  weir_region_give(heap, weir_block_index(heap, pointer), weir_block_granules(heap, layout.size));
}

void weir_region_give(struct weir_heap *heap, uint32_t first, uint32_t granules) {
  heap->used -= granules;
  weir_tags_dead(heap, first, granules);
  weir_region_release(heap, first, granules);
}

bool weir_region_extend(struct weir_heap *heap, uint32_t first, uint32_t granules, uint32_t more) {
  uint32_t end = first + granules;
  if (!weir_tags_free_at(heap, end))
    return false;
  uint32_t next = weir_block_at(heap, end)->size;
  if (next < more)
    return false;
  unput_free(heap, end, next);
  if (next > WEIR_SMALL_GRANULES)
    weir_freelist_zone_remove(heap, end);
  if (next > more)
    put_free_in_zone(heap, end + more, next - more);
  weir_tags_dead(heap, first, granules);
  weir_tags_live(heap, first, granules + more);
  count_used(heap, more);
  return true;
}

void weir_region_cut(struct weir_heap *heap, uint32_t first, uint32_t granules, uint32_t less) {
  heap->used -= less;
  weir_tags_dead(heap, first, granules);
  weir_tags_live(heap, first, granules - less);
  weir_region_release(heap, first + granules - less, less);
}

bool weir_heap_could_hold(const struct weir_heap *heap, struct weir_layout layout) {
  uint32_t granules = weir_block_granules(heap, layout.size);
  uint32_t wanted = granules_wanted(heap, layout, granules);
  return wanted != 0 && wanted <= heap->end - heap->first;
}
