/* The heap: constant-time allocation without a byte of header in a live block, and a free that is
 * legal in any context.
 *
 *  - One owner. Everything marked "task only" is called by one owner at a time: the executor's
 *    context, one thread, or several that take turns under a lock of their own. weir_heap_free is
 *    the exception: any interrupt handler and any thread may call it at any moment.
 *  - A freed block waits in a list until the owner drains it; the block itself is the list's node.
 *  - Constant time is a number. Built with -O2 for a Cortex-M4, whatever the heap has been through,
 *    an allocation with nothing to drain takes at most 180 instructions (340 when it is aligned
 *    above the granule), the drain of one block at most 220. Built with -Os about twice as many.
 *    The figures are of a heap without quick lists.
 *  - There are no globals: a heap and its arena belong to the caller, and several live side by
 * side.
 *
 * The arena, after weir_heap_init:
 *
 *   | list heads | dummy node | list masks | tags | block | block | block |  ...  | block |
 *                ^ base, granule 0                ^ first                                 ^ end
 */
#ifndef WEIR_HEAP_H
#define WEIR_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/layout.h"
#include "weir/result.h"
#include "weir/shared.h"
#include "weir/waiters.h"

/* Sizes are rounded up to whole granules, and to two at least. A pointer is a multiple of it. */
#define WEIR_HEAP_GRANULE 8u
#define WEIR_HEAP_BLOCK_MIN 16u

/* How many deferred blocks an ordinary allocation drains: the bound on its extra work. With quick
 * lists (WEIR_QUICK, off where pointers are 32 bits wide) it looks at up to 16, and those that are
 * not drained it keeps by size. */
#ifndef WEIR_HEAP_DRAIN_STEP
#define WEIR_HEAP_DRAIN_STEP 2u
#endif

struct weir_base;
struct weir_pending;
struct weir_region;

/* A heap. The caller provides the memory; the fields are the library's alone. Its layout does not
 * depend on build options. */
struct weir_heap {
  struct weir_base *base; /* granule 0: lists and tags, see src/block.h */
  uint32_t first;         /* granule of the first block */
  uint32_t end;           /* granule after the last block */
  uint32_t used;          /* granules in live blocks, deferred ones included */
  uint32_t peak;          /* the most that `used` was before some of it was given back */
  uint32_t refusals;      /* try_alloc and try_grow that said no */

  struct weir_pending *WEIR_SHARED pending; /* freed, not yet seen by the owner; any context */
  struct weir_pending *backlog;             /* taken from `pending`, not yet drained; owner */

  uintptr_t held;                /* not 0: somebody waits; owner */
  struct weir_region *more;      /* further memory, or NULL */
  struct weir_wait_queue *queue; /* NULL: nobody can wait here, and no waiting code is linked */
  WEIR_SHARED bool waiting;      /* somebody waits; any context */
  unsigned char zone_shift;      /* granule >> zone_shift is its zone */
  unsigned char top_list;        /* the class of the largest blocks, see src/freelist.h */
};

/* Further memory of a heap; see weir_heap_add_region. The caller provides it; all members are the
 * library's. */
struct weir_region {
  struct weir_heap heap;
  const struct weir_region_calls *calls;
};

/* A heap with static storage and its arena; start it with WEIR_HEAP_INIT in the same file. */
#define WEIR_HEAP_DEFINE(name, bytes)                                                              \
  static _Alignas(WEIR_HEAP_GRANULE) unsigned char name##_arena[bytes];                            \
  struct weir_heap name

/* Start a heap that WEIR_HEAP_DEFINE made; the result is that of weir_heap_init. */
#define WEIR_HEAP_INIT(name) weir_heap_init(&(name), name##_arena, sizeof name##_arena)

/* What a heap's state is, by value. Sizes are in bytes, rounded as the heap rounds them. */
struct weir_heap_stats {
  size_t capacity;     /* what blocks can use: the arena without control data */
  size_t used;         /* in live blocks, those granted and those freed but not drained included */
  size_t peak;         /* the most that `used` has been; of several regions, the sum of theirs */
  size_t largest_free; /* the largest free block */
  size_t pending_free; /* freed but not drained: part of `used`, there for the next allocation */
  uint32_t refusals;   /* tries that said no */
  struct weir_wait_counters wait; /* all zero where nobody can wait */
};

/* Make a heap of an arena. The caller keeps both alive, and touches neither but through the heap,
 * for as long as a block of it lives. Task only, before any other call. O(size of the tags), which
 * is a 64th of the arena (a 128th without checks). Fails, touching nothing, when the arena is too
 * small for one block or too large for the configured links. */
enum weir_result weir_heap_init(struct weir_heap *heap, void *arena, size_t bytes);

/* Add memory to a heap, anywhere: each region has lists of its own and may be as large as an arena.
 * A request is served from the first region that can, in the order in which they were added, the
 * heap's own arena first: put what is fast there. The caller keeps the region and its arena alive
 * as the heap's. No block spans two regions. Task only, after weir_heap_init and before another
 * context frees to the heap. As weir_heap_init, and what it fails with. With n regions, what is
 * said of constant time is n times that where a request does not fit the heap's own arena, and a
 * free takes O(n) to find its region; a heap without regions pays nothing. */
enum weir_result weir_heap_add_region(struct weir_heap *heap, struct weir_region *region,
                                      void *arena, size_t bytes);

/* A block for the layout, or NULL when not now. The contents are indeterminate. The caller owns the
 * block and gives it back with the same layout. It never overtakes: while somebody waits it says
 * no. Task only. Constant time, plus at most WEIR_HEAP_DRAIN_STEP deferred blocks (with WEIR_QUICK
 * also a look at up to 16); all of them before it says no. NULL too when the alignment is 0, or
 * above the granule and no power of two. A request above 128 bytes may be refused while a block at
 * most an eighth larger is free, and one aligned above the granule while only blocks smaller than
 * size + align are; otherwise NULL means that no free block is large enough. */
static inline void *weir_heap_try_alloc(struct weir_heap *heap, struct weir_layout layout);

/* The same with the layout's parts apart: compilers for Arm store a struct that comes in registers.
 */
void *weir_heap_try_alloc_parts(struct weir_heap *heap, size_t size, size_t align);

static inline void *weir_heap_try_alloc(struct weir_heap *heap, struct weir_layout layout) {
  return weir_heap_try_alloc_parts(heap, layout.size, layout.align);
}

/* Give back a block with the layout it was asked for. Never fails, blocks or allocates; NULL is
 * ignored. ANY CONTEXT. Constant time (a retry only when another context freed in between). A wrong
 * pointer or size, or a second free, goes to weir_fatal unless WEIR_CHECKS is 0. */
static inline void weir_heap_free(struct weir_heap *heap, void *pointer, struct weir_layout layout);

/* The same with the layout's parts apart, as weir_heap_try_alloc_parts. */
void weir_heap_free_parts(struct weir_heap *heap, void *pointer, size_t size, size_t align);

static inline void weir_heap_free(struct weir_heap *heap, void *pointer,
                                  struct weir_layout layout) {
  weir_heap_free_parts(heap, pointer, layout.size, layout.align);
}

/* The same when the caller is the heap's owner: task only, and shorter for it, since it neither
 * compares and swaps nor masks interrupts. */
static inline void weir_heap_free_by_owner(struct weir_heap *heap, void *pointer,
                                           struct weir_layout layout);

void weir_heap_free_by_owner_parts(struct weir_heap *heap, void *pointer, size_t size,
                                   size_t align);

static inline void weir_heap_free_by_owner(struct weir_heap *heap, void *pointer,
                                           struct weir_layout layout) {
  weir_heap_free_by_owner_parts(heap, pointer, layout.size, layout.align);
}

/* Move up to `max_blocks` freed blocks to where they can be allocated from, then let those who wait
 * have them. Returns how many were moved. Task only. O(1) for each block. An idle loop calls it. */
size_t weir_heap_drain(struct weir_heap *heap, size_t max_blocks);

/* Make a block larger where it is. True when done: the layout's size is then `new_size`. False when
 * not now (nothing was changed), for what weir_heap_try_alloc says no to as well, and when
 * `new_size` is the smaller one. Task only. As constant as weir_heap_try_alloc. */
bool weir_heap_try_grow(struct weir_heap *heap, void *pointer, struct weir_layout layout,
                        size_t new_size);

/* Make a block smaller where it is; the layout's size is `new_size` after. Never fails; a
 * `new_size` that is not smaller changes nothing. Task only, O(1). Those who wait are served. */
void weir_heap_shrink(struct weir_heap *heap, void *pointer, struct weir_layout layout,
                      size_t new_size);

/* Whether the heap, were it empty, could hold the layout: a request for more would wait for ever.
 * Task only, O(1). */
bool weir_heap_could_hold(const struct weir_heap *heap, struct weir_layout layout);

/* The statistics. Task only. O(deferred blocks + free blocks of the largest class). */
struct weir_heap_stats weir_heap_stats(const struct weir_heap *heap);

/* Whether every invariant of the heap holds; false means that it was written to from outside. Task
 * only. O(arena): for tests and for a look after the fact. */
bool weir_heap_check(const struct weir_heap *heap);

#endif
