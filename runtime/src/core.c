/* Placement: which part of which free block a request gets, and what happens to the rest. Small
 * requests are carved at the low end of a block, large ones at the high end. */
#include "core.h"
#include "deferred.h"
#include "freelist.h"
#include "region.h"
#include "tags.h"

#include "weir/trace.h"

/* The fields that are read again and again on one path, copied to where the compiler can see that
 * no store to a block changes them. */
#ifdef __OPTIMIZE_SIZE__
#define VIEW(heap) (heap)
#else
#define VIEW(heap)                                                                                 \
  (&(const struct weir_heap){.base = (heap)->base,                                                 \
                             .tags = (heap)->tags,                                                 \
                             .masks = (heap)->masks,                                               \
                             .heads = (heap)->heads,                                               \
                             .zone_shift = (heap)->zone_shift,                                     \
                             .mask_words = (heap)->mask_words})
#endif

WEIR_STEP void put_sizes(const struct weir_heap *heap, uint32_t first, uint32_t granules) {
  weir_block_at(heap, first)->size = (weir_link)granules;
  *weir_block_last_word(heap, first + granules) = (weir_link)granules;
}

/* A single granule is in no list. */
WEIR_STEP void list(const struct weir_heap *heap, uint32_t first, uint32_t granules) {
  if (granules >= WEIR_BLOCK_MIN_GRANULES)
    weir_freelist_insert(heap, first, weir_freelist_of(granules));
}

WEIR_STEP void unlist(const struct weir_heap *heap, uint32_t first, uint32_t granules) {
  if (granules >= WEIR_BLOCK_MIN_GRANULES)
    weir_freelist_remove(heap, first, weir_freelist_of(granules));
}

/* Make [first, first + granules) a free block of its class. Its zone is the caller's business. */
WEIR_STEP void put_free(const struct weir_heap *heap, uint32_t first, uint32_t granules) {
  put_sizes(heap, first, granules);
  weir_tags_free(heap, first, granules);
  list(heap, first, granules);
}

WEIR_STEP void put_free_in_zone(const struct weir_heap *heap, uint32_t first, uint32_t granules) {
  put_free(heap, first, granules);
  if (granules > WEIR_SMALL_GRANULES)
    weir_freelist_zone_insert(heap, first);
}

/* Undo put_free. */
WEIR_STEP void unput_free(const struct weir_heap *heap, uint32_t first, uint32_t granules) {
  weir_tags_unfree(heap, first, granules);
  unlist(heap, first, granules);
}

WEIR_STEP void unput_free_in_zone(const struct weir_heap *heap, uint32_t first, uint32_t granules) {
  unput_free(heap, first, granules);
  if (granules > WEIR_SMALL_GRANULES)
    weir_freelist_zone_remove(heap, first);
}

WEIR_STEP void count_used(struct weir_heap *heap, uint32_t granules) {
  heap->used += granules;
  if (heap->used > heap->peak)
    heap->peak = heap->used;
}

/* A block for a small request. Snug, else low: from the smallest small class that fits, else from
 * the lowest zone that has a block, which is not small and so fits. Small requests that break a
 * random large hole are what fragments a mixed load; this keeps the damage in one place. Cut at the
 * low end. */
WEIR_STEP uint32_t take_small(const struct weir_heap *heap, uint32_t granules) {
  uint32_t mask = heap->masks[0];
  uint32_t snug = weir_freelist_of_small(granules);
  uint32_t fits = weir_freelist_from(mask, snug);
  if (fits == 0)
    fits = mask >> WEIR_SMALL_GRANULES << WEIR_SMALL_GRANULES;
  if (fits == 0)
    return 0;
  uint32_t block = *weir_freelist_head(heap, weir_freelist_lowest(fits));
  uint32_t size = weir_block_at(heap, block)->size;
  uint32_t rest = size - granules;
  unlist(heap, block, size);
  if (size > WEIR_SMALL_GRANULES)
    weir_freelist_zone_advance(heap, block, block + granules, rest > WEIR_SMALL_GRANULES);
  if (rest == 0) {
    weir_tags_unfree(heap, block, size);
    return block;
  }
  weir_tags_free_start(heap, block, block + granules);
  put_sizes(heap, block + granules, rest);
  list(heap, block + granules, rest);
  return block;
}

/* Cut the last granules off a free block that is not small, of the given list; where they start.
 * What remains keeps its start, and with it its place in the list of its zone; often its class as
 * well. */
WEIR_STEP uint32_t carve_high(const struct weir_heap *heap, uint32_t block, uint32_t list_of_block,
                              uint32_t granules, bool first) {
  uint32_t size = weir_block_at(heap, block)->size;
  uint32_t rest = size - granules;
  uint32_t list_of_rest = rest == 0 ? 0 : weir_freelist_of(rest);
  bool moves = list_of_rest != list_of_block;
  if (moves && first)
    weir_freelist_pop(heap, block, list_of_block);
  else if (moves)
    weir_freelist_remove(heap, block, list_of_block);
  if (rest <= WEIR_SMALL_GRANULES)
    weir_freelist_zone_remove(heap, block);
  if (rest == 0) {
    weir_tags_unfree(heap, block, size);
    return block;
  }
  weir_tags_free_end(heap, block + size, block + rest);
  put_sizes(heap, block, rest);
  if (moves && rest >= WEIR_BLOCK_MIN_GRANULES)
    weir_freelist_insert(heap, block, list_of_rest);
  return block + rest;
}

/* A block for a large request: the first that fits among the first few of its own class; else any
 * of the next class that has one. Longer probing was simulated and does not help. Cut at the high
 * end. */
WEIR_STEP uint32_t take_large(const struct weir_heap *heap, uint32_t granules) {
  uint32_t list_of_block = weir_freelist_of(granules);
  uint32_t block = weir_freelist_probe(heap, list_of_block, granules);
  if (block != 0)
    return carve_high(heap, block, list_of_block, granules, false);
  list_of_block = weir_freelist_above(heap, list_of_block);
  if (list_of_block == 0)
    return 0;
  block = *weir_freelist_head(heap, list_of_block);
  return carve_high(heap, block, list_of_block, granules, true);
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

/* What happens to a block when it is handed out. `view` is the heap's. */
WEIR_STEP void *make_live(struct weir_heap *heap, const struct weir_heap *view, uint32_t at,
                          uint32_t granules) {
  weir_tags_live(view, at, granules);
  count_used(heap, granules);
  void *pointer = weir_block_address(view, at);
  weir_deferred_forget(pointer);
  return pointer;
}

/* The rarer requests: aligned above the granule, or with an alignment that is none. Any free block
 * that is long enough wherever it starts will do, and is cut where the request is aligned. */
static __attribute__((noinline)) void *take_aligned(struct weir_heap *heap, size_t size,
                                                    size_t align) {
  uint32_t granules = weir_block_granules(heap, size);
  uint32_t wanted = granules_wanted(heap, (struct weir_layout){size, align}, granules);
  if (wanted == 0)
    return NULL;
  uint32_t list_of_block = weir_freelist_of(wanted);
  uint32_t block = weir_freelist_probe(heap, list_of_block, wanted);
  if (block == 0) {
    list_of_block = weir_freelist_above(heap, list_of_block);
    if (list_of_block == 0)
      return NULL;
    block = *weir_freelist_head(heap, list_of_block);
  }
  uint32_t at = aligned_place(heap, block, granules, align);
  uint32_t end = block + weir_block_at(heap, block)->size;
  unput_free_in_zone(heap, block, end - block);
  if (at != block)
    put_free_in_zone(heap, block, at - block);
  if (at + granules != end)
    put_free_in_zone(heap, at + granules, end - at - granules);
  return make_live(heap, heap, at, granules);
}

WEIR_STEP void *take(struct weir_heap *heap, size_t size, size_t align) {
  if (align - 1 >= WEIR_HEAP_GRANULE || (align & (align - 1)) != 0)
    return take_aligned(heap, size, align);
  const struct weir_heap *view = VIEW(heap);
  uint32_t block;
  uint32_t granules;
  if (size <= (size_t)WEIR_SMALL_GRANULES * WEIR_HEAP_GRANULE) {
    granules = weir_block_granules_small(size);
    block = take_small(view, granules);
  } else {
    granules = weir_block_granules(heap, size);
    if (granules == 0)
      return NULL;
    block = take_large(view, granules);
  }
  return block == 0 ? NULL : make_live(heap, view, block, granules);
}

void *weir_core_take(struct weir_heap *heap, struct weir_layout layout) {
  return take(heap, layout.size, layout.align);
}

static bool somebody_waits(const struct weir_heap *heap) {
  return weir_shared_peek(&heap->waiting);
}

static void *take_unless_overtaking(struct weir_heap *heap, size_t size, size_t align) {
  return somebody_waits(heap) ? NULL : weir_core_take(heap, (struct weir_layout){size, align});
}

/* An allocation that is not the common one: there is something to drain, somebody waits, or it was
 * just refused. */
static __attribute__((noinline)) void *drain_and_take(struct weir_heap *heap, size_t size,
                                                      size_t align) {
  void *pointer = NULL;
  if (weir_deferred_any(heap)) {
    weir_heap_drain(heap, WEIR_HEAP_DRAIN_STEP);
    pointer = take_unless_overtaking(heap, size, align);
  }
  if (pointer == NULL && weir_deferred_any(heap)) {
    weir_heap_drain(heap, SIZE_MAX);
    pointer = take_unless_overtaking(heap, size, align);
  }
  if (pointer == NULL)
    heap->refusals++;
  return pointer;
}

void *weir_heap_try_alloc(struct weir_heap *heap, struct weir_layout layout) {
  WEIR_TRACE_REQUEST(heap, layout);
  void *pointer = NULL;
  if (!weir_deferred_any(heap) && !somebody_waits(heap))
    pointer = take(heap, layout.size, layout.align);
  if (pointer == NULL)
    pointer = drain_and_take(heap, layout.size, layout.align);
  if (pointer != NULL)
    WEIR_TRACE_GRANT(heap, pointer, layout);
  return pointer;
}

WEIR_STEP void release(const struct weir_heap *heap, uint32_t first, uint32_t granules) {
  uint32_t end = first + granules;
  if (weir_tags_free_at(heap, end)) {
    uint32_t next = weir_block_at(heap, end)->size;
    granules += next;
    weir_tags_not_an_end(heap, end);
    unlist(heap, end, next);
    if (next > WEIR_SMALL_GRANULES)
      weir_freelist_zone_remove(heap, end);
  }
  uint32_t before = 0;
  if (weir_tags_free_at(heap, first - 1)) {
    before = *weir_block_last_word(heap, first);
    weir_tags_not_an_end(heap, first - 1);
    first -= before;
    granules += before;
    unlist(heap, first, before);
  }
  put_free(heap, first, granules);
  /* A predecessor that was not small is in the list of its zone already. */
  if (granules > WEIR_SMALL_GRANULES && before <= WEIR_SMALL_GRANULES)
    weir_freelist_zone_insert(heap, first);
}

void weir_region_release(struct weir_heap *heap, uint32_t first, uint32_t granules) {
  release(VIEW(heap), first, granules);
}

WEIR_STEP void give(struct weir_heap *heap, const struct weir_heap *view, uint32_t first,
                    uint32_t granules) {
  heap->used -= granules;
  weir_tags_dead(view, first, granules);
  release(view, first, granules);
}

void weir_core_give(struct weir_heap *heap, void *pointer, struct weir_layout layout) {
  weir_region_give(heap, weir_block_index(heap, pointer), weir_block_granules(heap, layout.size));
}

void weir_region_give(struct weir_heap *heap, uint32_t first, uint32_t granules) {
  give(heap, VIEW(heap), first, granules);
}

size_t weir_heap_drain(struct weir_heap *heap, size_t max_blocks) {
  size_t left = max_blocks;
  for (; left != 0; left--) {
    struct weir_pending *node = weir_deferred_pop(heap);
    if (node == NULL)
      break;
    const struct weir_heap *view = VIEW(heap);
    give(heap, view, weir_block_index(view, node), node->granules);
  }
  if (somebody_waits(heap))
    heap->queue->serve(heap);
  return max_blocks - left;
}

bool weir_region_extend(struct weir_heap *heap, uint32_t first, uint32_t granules, uint32_t more) {
  uint32_t end = first + granules;
  if (!weir_tags_free_at(heap, end))
    return false;
  uint32_t next = weir_block_at(heap, end)->size;
  if (next < more)
    return false;
  unput_free_in_zone(heap, end, next);
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
