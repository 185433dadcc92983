/* Placement: which part of which free block a request gets, and what happens to the rest. Small
 * requests are carved at the low end of a block, large ones at the high end.
 *
 * Built for speed there is a short way for each common case (shortcut.h); built for size all go the
 * general way, which the rarer ones go always. Both obey the same rules. */
#include "core.h"
#include "place.h"
#include "region.h"
#include "run.h"
#include "shortcut.h"

#include "weir/trace.h"

/* Make [first, first + granules), if it is anything, a free block. */
WEIR_GENERAL void put_free(const struct weir_heap *heap, uint32_t first, uint32_t granules) {
  struct weir_base *base = heap->base;
  if (granules == 0)
    return;
  put_sizes(base, first, granules);
  weir_tags_free(base, first, granules);
  list(heap, base, first, granules);
}

/* Undo put_free. Returns the block's granules. */
WEIR_GENERAL uint32_t unput_free(const struct weir_heap *heap, uint32_t first) {
  struct weir_base *base = heap->base;
  uint32_t granules = weir_block_at(base, first)->size;
  weir_tags_unfree(base, first, granules);
  unlist(heap, base, first, granules);
  return granules;
}

/* ---- the general way ---- */

/* A free block of at least so many granules, or 0. A large request looks at the first few of its
 * own class, then takes any of the next class that has one. Longer probing was simulated and does
 * not help. */
WEIR_GENERAL uint32_t find(const struct weir_heap *heap, uint32_t granules) {
  struct weir_base *base = heap->base;
  if (granules <= WEIR_SMALL_GRANULES) {
    uint32_t list = weir_freelist_for_small(base, granules);
    return list == 32 ? 0 : *weir_freelist_head(base, list);
  }
  uint32_t list = weir_freelist_of_large(heap, granules);
  uint32_t block = *weir_freelist_head(base, list);
  for (int probe = 0; probe < WEIR_PROBES && block != 0; probe++) {
    if (weir_block_at(base, block)->size >= granules)
      return block;
    block = weir_block_at(base, block)->links[WEIR_BY_CLASS].next;
  }
  list = weir_freelist_above(base, list, base->masks[list / 32] << list % 32);
  return *weir_freelist_head(base, list);
}

/* Where in a free block of `size` an aligned request is cut: nearest to the end that it is cut
 * from. Every granule is aligned for less than one; the block is long enough for any place. */
static uint32_t aligned_place(struct weir_base *base, uint32_t block, uint32_t size,
                              uint32_t granules, size_t align) {
  uintptr_t start = (uintptr_t)weir_block_address(base, block);
  uintptr_t place = start + (align - 1);
  if (granules > WEIR_SMALL_GRANULES)
    place = start + (uintptr_t)(size - granules) * WEIR_HEAP_GRANULE;
  return block + (uint32_t)((place & ~((uintptr_t)align - 1)) - start) / WEIR_HEAP_GRANULE;
}

/* How long a free block must be for the layout to fit wherever the block starts; 0 when no block of
 * this heap is, or when the alignment is none: what is at most a granule any block has. */
static uint32_t granules_wanted(const struct weir_heap *heap, size_t align, uint32_t granules) {
  if (granules == 0 || align == 0)
    return 0;
  if (align <= WEIR_HEAP_GRANULE)
    return granules;
  if ((align & (align - 1)) != 0)
    return 0;
  size_t slack = align / WEIR_HEAP_GRANULE - 1;
  if (slack > heap->end - heap->first - granules)
    return 0;
  return granules + (uint32_t)slack;
}

void *weir_run_carve(struct weir_heap *heap, uint32_t block, uint32_t granules, size_t align) {
  uint32_t length = unput_free(heap, block);
  uint32_t at = aligned_place(heap->base, block, length, granules, align);
  put_free(heap, block, at - block);
  put_free(heap, at + granules, block + length - at - granules);
  return make_live(heap, heap->base, at, granules);
}

/* Any free block that is long enough wherever it starts will do. */
WEIR_GENERAL void *take_general(struct weir_heap *heap, size_t size, size_t align) {
  uint32_t granules = weir_block_granules(heap, size);
  uint32_t wanted = granules_wanted(heap, align, granules);
  uint32_t block = wanted == 0 ? 0 : find(heap, wanted);
  if (block == 0)
    return NULL;
  return weir_run_carve(heap, block, granules, align);
}

void weir_run_release(struct weir_heap *heap, uint32_t first, uint32_t granules) {
  struct weir_base *base = heap->base;
  if (weir_tags_free_at(base, first + granules))
    granules += unput_free(heap, first + granules);
  if (weir_tags_free_at(base, first - 1)) {
    uint32_t before = *weir_block_last_word(base, first);
    first -= before;
    granules += unput_free(heap, first);
  }
  put_free(heap, first, granules);
}

static void give_general(struct weir_heap *heap, const void *pointer, uint32_t granules) {
  uint32_t first = weir_block_index(heap->base, pointer);
  count_unused(heap, granules);
  weir_tags_dead(heap->base, first, granules);
  weir_run_release(heap, first, granules);
}

size_t weir_core_drain_here(struct weir_heap *heap, size_t max_blocks) {
  size_t left = max_blocks;
  struct weir_pending *node;
  while (left != 0 && (node = weir_deferred_pop(heap)) != NULL) {
    give_general(heap, node, node->granules);
    left--;
  }
  return max_blocks - left;
}

#if WEIR_SMALL_CODE

#define take_here take_general
#define take_short(heap, size) NULL
#define TAKES_SHORT(align) false
#define give give_general
#define drain_here weir_core_drain_here

#else

/* ---- the short way ---- */

#define TAKES_SHORT(align) ((align) - 1 < WEIR_HEAP_GRANULE)

/* A request of a class above the top one: blocks of all those are in the top list. Apart, so that
 * others are not asked. */
static WEIR_OUT_OF_LINE void *take_topmost(struct weir_heap *heap, size_t size) {
  uint32_t granules = weir_block_granules(heap, size);
  return granules != 0 ? take_large(heap, heap->base, granules, heap->top_list) : NULL;
}

/* What take_general does for a request that is aligned to a granule at most. */
WEIR_STEP void *take_short(struct weir_heap *heap, size_t size) {
  struct weir_base *base = heap->base;
  if (size <= (size_t)WEIR_SMALL_GRANULES * WEIR_HEAP_GRANULE)
    return take_small(heap, base, weir_block_granules_small(size));
  size_t granules = (size - 1) / WEIR_HEAP_GRANULE + 1;
  uint32_t list = granules <= UINT32_MAX ? weir_freelist_by_size((uint32_t)granules) : UINT32_MAX;
  if (list > heap->top_list)
    return take_topmost(heap, size);
  return take_large(heap, base, (uint32_t)granules, list);
}

WEIR_STEP void *take_here(struct weir_heap *heap, size_t size, size_t align) {
  return TAKES_SHORT(align) ? take_short(heap, size) : take_general(heap, size, align);
}

WEIR_STEP void give(struct weir_heap *heap, const void *pointer, uint32_t granules) {
  struct weir_base *base = heap->base;
  uint32_t first = weir_block_index(base, pointer);
  count_unused(heap, granules);
  weir_tags_dead(base, first, granules);
  release(heap, base, first, granules);
}

WEIR_STEP size_t drain_here(struct weir_heap *heap, size_t max_blocks) {
  size_t left = max_blocks;
  struct weir_pending *node;
  while (left != 0 && (node = weir_deferred_pop(heap)) != NULL) {
    give(heap, node, node->granules);
    left--;
  }
  return max_blocks - left;
}

#endif

/* ---- what the rest of the heap calls ---- */

WEIR_OUT_OF_LINE void *weir_core_take_here(struct weir_heap *heap, size_t size, size_t align) {
  return take_here(heap, size, align);
}

static inline void *take_anywhere(struct weir_heap *heap, size_t size, size_t align) {
  void *pointer = weir_core_take_here(heap, size, align);
  if (pointer == NULL && heap->more != NULL)
    pointer = heap->more->calls->take(heap->more, size, align);
  return pointer;
}

void *weir_core_take(struct weir_heap *heap, struct weir_layout layout) {
  return take_anywhere(heap, layout.size, layout.align);
}

/* Drain up to so many blocks. The first that an allocation comes upon are sorted on the way: small
 * ones are kept where there are quick lists. Those of further regions are not, and none is while
 * somebody waits. */
WEIR_STEP void drain_for_request(struct weir_heap *heap, size_t blocks) {
  if (!WEIR_QUICK || blocks > WEIR_HEAP_DRAIN_STEP || weir_core_waiting(heap) ||
      heap->more != NULL) {
    weir_heap_drain(heap, blocks);
    return;
  }
  for (uint32_t i = 0; i < WEIR_QUICK_STEP && blocks != 0; i++) {
    struct weir_pending *node = weir_deferred_pop_unsorted(heap);
    if (node == NULL)
      return;
    if (weir_quick_keep(heap, node))
      continue;
    give(heap, node, node->granules);
    blocks--;
  }
}

static bool any_anywhere(const struct weir_heap *heap) {
  return weir_deferred_any(heap) || (heap->more != NULL && heap->more->calls->any(heap->more));
}

/* An allocation that is not the common one: there is something to drain, somebody waits, or the
 * heap's own arena has just refused. Twice as many blocks are drained each time, so that not much
 * more is merged than the request needs. */
static WEIR_OUT_OF_LINE void *drain_and_take(struct weir_heap *heap, size_t size, size_t align) {
  bool again = WEIR_SMALL_CODE || heap->more != NULL || weir_deferred_any(heap);
  for (size_t step = WEIR_HEAP_DRAIN_STEP; again; step = 2 * step + 1) { /* up to all at once */
    drain_for_request(heap, step);
    void *pointer = NULL;
    if (!weir_core_waiting(heap)) {
      pointer = weir_quick_take(heap, size, align);
      if (pointer == NULL)
        pointer = take_anywhere(heap, size, align);
    }
    if (pointer != NULL)
      return pointer;
    again = any_anywhere(heap);
  }
  heap->refusals++;
  return NULL;
}

#if WEIR_SMALL_CODE

#define place drain_and_take

#else

/* An allocation that has no short way, or must drain first. */
static WEIR_OUT_OF_LINE void *place_otherwise(struct weir_heap *heap, size_t size, size_t align) {
  void *pointer = NULL;
  if (!weir_deferred_unsorted_or_waiting(heap))
    pointer = take_general(heap, size, align);
  return pointer != NULL ? pointer : drain_and_take(heap, size, align);
}

/* An allocation for which no block of its very size is kept. */
WEIR_SECOND_STEP void *place(struct weir_heap *heap, size_t size, size_t align) {
  if (!TAKES_SHORT(align) || weir_deferred_unsorted_or_waiting(heap))
    return place_otherwise(heap, size, align);
  void *pointer = take_short(heap, size);
  if (pointer == NULL)
    pointer = drain_and_take(heap, size, WEIR_HEAP_GRANULE); /* one number less to keep */
  return pointer;
}

#endif

void *weir_heap_try_alloc_parts(struct weir_heap *heap, size_t size, size_t align) {
  WEIR_TRACE_REQUEST(heap, ((struct weir_layout){size, align}));
  void *pointer = weir_quick_take(heap, size, align);
  if (pointer == NULL)
    pointer = place(heap, size, align);
  if (pointer != NULL)
    WEIR_TRACE_GRANT(heap, pointer, ((struct weir_layout){size, align}));
  return pointer;
}

void weir_core_give(struct weir_heap *heap, void *pointer, struct weir_layout layout) {
  struct weir_heap *region = weir_region_of(heap, pointer);
  give_general(region, pointer, weir_block_granules(region, layout.size));
}

/* The drain of a heap with several arenas, or on which somebody waits. */
WEIR_GENERAL size_t drain_otherwise(struct weir_heap *heap, size_t max_blocks) {
  if (weir_core_waiting(heap))
    return heap->queue->drain(heap, max_blocks);
  return heap->more->calls->drain(heap, max_blocks);
}

size_t weir_heap_drain(struct weir_heap *heap, size_t max_blocks) {
  if (!weir_core_is_plain(heap))
    return drain_otherwise(heap, max_blocks);
  return drain_here(heap, max_blocks);
}

bool weir_run_extend(struct weir_heap *heap, uint32_t first, uint32_t granules, uint32_t more) {
  struct weir_base *base = heap->base;
  uint32_t end = first + granules;
  if (!weir_tags_free_at(base, end) || weir_block_at(base, end)->size < more)
    return false;
  uint32_t next = unput_free(heap, end);
  put_free(heap, end + more, next - more);
  weir_tags_dead(base, first, granules);
  weir_tags_live(base, first, granules + more);
  heap->used += more;
  return true;
}

void weir_run_cut(struct weir_heap *heap, uint32_t first, uint32_t granules, uint32_t less) {
  count_unused(heap, less);
  weir_tags_dead(heap->base, first, granules);
  weir_tags_live(heap->base, first, granules - less);
  weir_run_release(heap, first + granules - less, less);
}

bool weir_heap_could_hold(const struct weir_heap *heap, struct weir_layout layout) {
  for (;; heap = &heap->more->heap) {
    if (granules_wanted(heap, layout.align, weir_block_granules(heap, layout.size)) != 0)
      return true;
    if (heap->more == NULL)
      return false;
  }
}
