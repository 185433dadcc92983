/* Whether a heap's invariants hold. Slow and thorough: every list is walked, every tag is read. */
#include "freelist.h"
#include "quick.h"
#include "tags.h"

/* What the lists say is free; the tags must say the same. */
struct tally {
  uint32_t blocks;
  uint32_t granules;
  uint32_t in_zones; /* blocks that are not small */
  uint32_t tag_bits; /* that the blocks' ends take when free ends are tagged */
};

static bool is_sound_free_block(const struct weir_heap *heap, uint32_t block) {
  if (block < heap->first || block >= heap->end)
    return false;
  uint32_t granules = weir_block_at(heap->base, block)->size;
  if (granules < WEIR_BLOCK_MIN_GRANULES || granules > heap->end - block)
    return false;
  uint32_t end = block + granules;
  return *weir_block_last_word(heap->base, end) == granules &&
         weir_tags_free_at(heap->base, block) && weir_tags_free_at(heap->base, end - 1);
}

static uint32_t list_of(const struct weir_heap *heap, uint32_t granules) {
  return granules <= WEIR_SMALL_GRANULES ? weir_freelist_of_small(granules)
                                         : weir_freelist_of_large(heap, granules);
}

static bool check_class(const struct weir_heap *heap, uint32_t list, struct tally *tally) {
  uint32_t block = *weir_freelist_head(heap->base, list);
  uint32_t prev = 0;
  while (block != 0) {
    if (!is_sound_free_block(heap, block))
      return false;
    const struct weir_free_block *links = weir_block_at(heap->base, block);
    if (links->links[WEIR_BY_CLASS].prev != prev || list_of(heap, links->size) != list)
      return false;
    uint32_t last = block + links->size - 1;
    tally->blocks++;
    tally->granules += links->size;
    tally->in_zones += links->size > WEIR_SMALL_GRANULES;
    tally->tag_bits += block / WEIR_BLOCK_MIN_GRANULES == last / WEIR_BLOCK_MIN_GRANULES ? 1 : 2;
    prev = block;
    block = links->links[WEIR_BY_CLASS].next;
  }
  return true;
}

static bool check_classes(const struct weir_heap *heap, struct tally *tally) {
  for (uint32_t list = WEIR_ZONES; list <= heap->top_list; list++) {
    bool marked = weir_freelist_marked(heap->base, list);
    if (marked != (*weir_freelist_head(heap->base, list) != 0))
      return false;
    if (!check_class(heap, list, tally))
      return false;
  }
  uint32_t never = heap->top_list + 1u;
  return weir_freelist_marked(heap->base, never) && *weir_freelist_head(heap->base, never) == 0;
}

static bool check_zones(const struct weir_heap *heap, const struct tally *tally) {
  uint32_t found = 0;
  for (uint32_t zone = 0; zone < WEIR_ZONES; zone++) {
    uint32_t block = *weir_freelist_head(heap->base, zone);
    if (weir_freelist_marked(heap->base, zone) != (block != 0))
      return false;
    for (uint32_t prev = 0; block != 0; found++) {
      if (!is_sound_free_block(heap, block))
        return false;
      const struct weir_free_block *links = weir_block_at(heap->base, block);
      if (links->links[WEIR_BY_ZONE].prev != prev || links->size <= WEIR_SMALL_GRANULES ||
          block >> heap->zone_shift != zone)
        return false;
      prev = block;
      block = links->links[WEIR_BY_ZONE].next;
    }
  }
  return found == tally->in_zones;
}

#if WEIR_CHECKS

/* The granules of the live block that starts here, or 0 when the tags describe none. */
static uint32_t live_granules(const struct weir_heap *heap, uint32_t first) {
  for (uint32_t last = first + 1; last < heap->end; last++)
    if (!weir_tags_free_at(heap->base, last))
      return weir_tags_describe(heap->base, first, last - first + 1) ? last - first + 1 : 0;
  return 0;
}

/* From the first granule to the last, blocks follow each other without a gap, no two free ones in a
 * row, and they are those that the lists and the counts know. */
static bool check_tags(const struct weir_heap *heap, const struct tally *tally) {
  uint32_t live = 0;
  uint32_t listed = 0;
  bool after_free = false;
  for (uint32_t at = heap->first; at != heap->end;) {
    bool is_free = weir_tags_free_at(heap->base, at);
    uint32_t granules = is_free ? weir_block_at(heap->base, at)->size : live_granules(heap, at);
    if (granules == 0 || granules > heap->end - at || (is_free && after_free))
      return false;
    for (uint32_t inside = at; is_free && inside < at + granules; inside++)
      if (!weir_tags_free_at(heap->base, inside))
        return false;
    if (!is_free)
      live += granules;
    else if (granules >= WEIR_BLOCK_MIN_GRANULES)
      listed++;
    at += granules;
    after_free = is_free;
  }
  return live == heap->used && listed == tally->blocks;
}

#else

/* The tags cannot be walked, but counted: each listed block has its bits, each single granule that
 * is in no list has one. */
static bool check_tags(const struct weir_heap *heap, const struct tally *tally) {
  uint32_t bits = 0;
  for (uint32_t word = 0; word < weir_tags_words(heap->end); word++)
    bits += (uint32_t)__builtin_popcount(weir_tags_word(heap->base, word));
  uint32_t unlisted = heap->end - heap->first - heap->used - tally->granules;
  return bits == tally->tag_bits + unlisted;
}

#endif

#if WEIR_QUICK

/* What is kept is still tagged as live, sealed, in the list of its size, and counted. */
static bool check_quick(const struct weir_heap *heap) {
  uint32_t kept = 0;
  for (uint32_t granules = WEIR_BLOCK_MIN_GRANULES; granules <= WEIR_QUICK_GRANULES; granules++) {
    const struct weir_pending *node = heap->base->quick.heads[granules];
    for (; node != NULL; node = node->next, kept += granules) {
      uint32_t first = weir_block_index(heap->base, node);
      if (first < heap->first || granules > heap->end - first || node->granules != granules ||
          kept >= heap->end || !weir_seal_holds(node))
        return false;
#if WEIR_CHECKS
      if (!weir_tags_describe(heap->base, first, granules))
        return false;
#endif
    }
  }
  return kept == weir_quick_granules(heap) && kept <= weir_quick_share(heap) &&
         (kept == 0 || heap->held == 0);
}

#else

static bool check_quick(const struct weir_heap *heap) {
  (void)heap;
  return true;
}

#endif

static bool check_region(const struct weir_heap *heap) {
  struct tally tally = {0};
  return check_quick(heap) && check_classes(heap, &tally) && check_zones(heap, &tally) &&
         tally.granules + heap->used <= heap->end - heap->first && check_tags(heap, &tally);
}

bool weir_heap_check(const struct weir_heap *heap) {
  for (; check_region(heap); heap = &heap->more->heap)
    if (heap->more == NULL)
      return true;
  return false;
}
