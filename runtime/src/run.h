/* Runs of granules, as the heap's own files change them. All O(1), owner only. */
#ifndef WEIR_RUN_H
#define WEIR_RUN_H

#include "weir/heap.h"

/* Make granules that no block owns free, merged with what is free beside them. */
void weir_run_release(struct weir_heap *heap, uint32_t first, uint32_t granules);

/* Lengthen a live block by `more` granules; false when what follows is not that free. */
bool weir_run_extend(struct weir_heap *heap, uint32_t first, uint32_t granules, uint32_t more);

/* Release the last `less` granules of a live block, which keeps two at least. */
void weir_run_cut(struct weir_heap *heap, uint32_t first, uint32_t granules, uint32_t less);

/* Let granules of a free block live: the first, or the last when they are no small request, or the
 * nearest to those that are aligned. The block is long enough for that; what is before and behind
 * them becomes free blocks again. What lives. */
void *weir_run_carve(struct weir_heap *heap, uint32_t block, uint32_t granules, size_t align);

#endif
