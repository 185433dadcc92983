/* Memory for code that cannot wait: wait for one block, then let synchronous code allocate in it.
 *
 *   WEIR_RESERVE_DEFINE(json);                             // json_malloc, json_free, ...
 *
 *   WEIR_AWAIT_ALLOC(task, &self->memory, &heap, weir_reserve_layout(4096));
 *   weir_reserve_begin(&self->reserve, &heap, weir_alloc_take(&self->memory), 4096);
 *   weir_reserve_enter(&json, &self->reserve);
 *   self->tree = cJSON_Parse(text);                        // never blocks; NULL when it overruns
 *   weir_reserve_leave(&json);
 *   weir_reserve_shrink(&self->reserve);                   // what the tree does not use goes back
 *   ...
 *   weir_reserve_end(&self->reserve);                      // and the whole
 *
 * The block may come from any allocation that there is: awaited, with a deadline, tried. Inside it,
 * pieces are laid out from the low end, each behind a header of 8 bytes, for `free` is told
 * a pointer only:
 *
 *   | piece | free | piece | piece | free | piece |          untouched           |
 *   ^ low                                         ^ top                          ^ end
 *
 * A request takes the first that fits of three free pieces of its size class, else one of a larger
 * class, else it moves `top`. A piece that is freed merges with free neighbours and, below `top`,
 * moves `top` back. Everything is O(1). Because the memory above `top` is touched last, the highest
 * `top` says what would have been enough: in a block of `peak` bytes every request would have had
 * the same answer.
 *
 * A reservation belongs to one owner at a time, who may be any thread: only begin with try_ or
 * inside, shrink and the statistics' heap belong to the heap's owner. Nothing here is for
 * interrupts.
 */
#ifndef WEIR_RESERVE_H
#define WEIR_RESERVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/heap.h"
#include "weir/layout.h"

/* What every piece is aligned to: what malloc promises, unless the build of the library and of
 * whoever includes this says less. 8 at least. */
#ifndef WEIR_RESERVE_ALIGN
#define WEIR_RESERVE_ALIGN (_Alignof(max_align_t) < 8 ? 8 : _Alignof(max_align_t))
#endif

#define WEIR_RESERVE_BINS 32u

/* What a piece costs beside its content, before it is rounded up to WEIR_RESERVE_ALIGN. */
#define WEIR_RESERVE_HEADER 8u

/* All members are the library's; all zero is a reservation of nothing, where every request
 * overruns. It must not move between enter and leave. */
struct weir_reserve {
  unsigned char *low; /* offsets count from here */
  uint32_t size;      /* offset of the end */
  uint32_t top;       /* offset of what was never used, or is not any more */
  uint32_t last;      /* size of the piece below top, 0 when there is none */
  uint32_t used;
  uint32_t peak;
  uint32_t live;
  uint32_t overruns;
  size_t largest_overrun;
  uint32_t bin_mask;                /* bit c: bins[c] holds a free piece */
  uint32_t bins[WEIR_RESERVE_BINS]; /* offsets of free pieces, by size */

  struct weir_heap *heap;     /* where the block goes back to; or */
  struct weir_reserve *outer; /* the reservation that it is a piece of; or neither */
  void *block;
  size_t bytes;
  struct weir_reserve *shadowed; /* the one that a slot had before this one entered */
};

/* By value, in bytes, headers and rounding included. They stay readable after the end. */
struct weir_reserve_stats {
  size_t capacity;        /* of the block; less after a shrink, 0 after the end */
  size_t used;            /* in live pieces */
  size_t peak;            /* a block of so many bytes from a heap would have been enough */
  size_t largest_overrun; /* the largest request that did not fit, as it was asked for */
  uint32_t live;          /* pieces */
  uint32_t overruns;      /* requests that got NULL for lack of room */
};

/* The layout to ask the heap for. Pure, any context, O(1). */
static inline struct weir_layout weir_reserve_layout(size_t bytes) {
  struct weir_layout layout = {bytes, WEIR_HEAP_GRANULE};
  return layout;
}

/* Begins a reservation in a block that was asked for with weir_reserve_layout(bytes), and owns the
 * block from here on. With `heap` NULL the memory is the caller's, wherever it is from, and stays
 * his. Zeroes the statistics. False when there is no room for one piece, as when `block` is NULL
 * (the deadline came, or the heap could never hold it): requests then overrun. Beyond 2 GiB memory
 * is left unused. O(1). */
bool weir_reserve_begin(struct weir_reserve *reserve, struct weir_heap *heap, void *block,
                        size_t bytes);

/* The same with a block that is there now; or false, with nothing to end: see weir_heap_try_alloc.
 */
bool weir_reserve_try_begin(struct weir_reserve *reserve, struct weir_heap *heap, size_t bytes);

/* The same with a block out of another reservation, which must not end before. False when it does
 * not fit, an overrun of the outer one, or has no room for a piece: nothing is to be ended then.
 * O(1). */
bool weir_reserve_begin_inside(struct weir_reserve *reserve, struct weir_reserve *outer,
                               size_t bytes);

/* Gives back what is above the highest live piece, to the heap (where those who wait are served) or
 * to the outer reservation. Returns how many bytes. The reservation goes on with what is left.
 * O(1), as weir_heap_shrink. */
size_t weir_reserve_shrink(struct weir_reserve *reserve);

/* Gives back the block with all pieces that still live in it. The statistics stay; a second end
 * does nothing. O(1), as weir_heap_free. */
void weir_reserve_end(struct weir_reserve *reserve);

/* O(1). */
struct weir_reserve_stats weir_reserve_stats(const struct weir_reserve *reserve);

/* Whether every header and every list is as it must be; false means that somebody wrote past a
 * piece. O(pieces): for tests and for a look after the fact. */
bool weir_reserve_check(const struct weir_reserve *reserve);

/* As the C functions of these names, within the reservation: NULL is an overrun, which is counted.
 * A size of 0 gives a smallest piece; reallocating to 0 frees. O(1), but for what calloc clears and
 * a realloc that cannot grow where it is copies.
 *
 * Unless WEIR_CHECKS is 0 a pointer that is no live piece ends in weir_fatal: FOREIGN, MISALIGNED,
 * DOUBLE_FREE, or WRONG_SIZE when the headers around do not agree, as after a write past its end.
 */
void *weir_reserve_alloc(struct weir_reserve *reserve, size_t size);
void *weir_reserve_calloc(struct weir_reserve *reserve, size_t count, size_t size);
void *weir_reserve_realloc(struct weir_reserve *reserve, void *pointer, size_t size);
void weir_reserve_free(struct weir_reserve *reserve, void *pointer);

/* A piece at a multiple of `align`, a power of two; else NULL. O(1). */
void *weir_reserve_aligned_alloc(struct weir_reserve *reserve, size_t align, size_t size);

/* What a live piece can hold, its size or a little more; 0 of NULL. O(1). */
size_t weir_reserve_usable_size(const struct weir_reserve *reserve, const void *pointer);

/* ---- for a library that calls malloc and free, and cannot be told which reservation ----
 *
 * A slot is what such a library allocates from: the reservation that entered it last and has not
 * left. While there is none, every request is NULL and counted. Define one for each library, and
 * point the library at it: by its hooks, by names on its command line (-Dmalloc=json_malloc), or,
 * when it is compiled already, by `linkguard redirect`.
 *
 * A slot is used by one thread at a time. A task leaves before it awaits: another may enter the
 * same slot meanwhile. */
struct weir_reserve_slot {
  struct weir_reserve *current;
  uint32_t outside; /* requests while nobody had entered */
};

/* From here to the leave, the slot allocates from this reservation. Entering nests: a leave goes
 * back to the reservation before. One reservation is in one slot at a time. O(1). */
void weir_reserve_enter(struct weir_reserve_slot *slot, struct weir_reserve *reserve);
void weir_reserve_leave(struct weir_reserve_slot *slot);

/* What the functions of a slot do: allocate from the current reservation; free to whichever of
 * those that have entered the piece belongs to, O(their number); one of none ends in weir_fatal. */
void *weir_reserve_slot_alloc(struct weir_reserve_slot *slot, size_t size);
void *weir_reserve_slot_calloc(struct weir_reserve_slot *slot, size_t count, size_t size);
void *weir_reserve_slot_realloc(struct weir_reserve_slot *slot, void *pointer, size_t size);
void *weir_reserve_slot_reallocarray(struct weir_reserve_slot *slot, void *pointer, size_t count,
                                     size_t size);
void *weir_reserve_slot_aligned_alloc(struct weir_reserve_slot *slot, size_t align, size_t size);
int weir_reserve_slot_posix_memalign(struct weir_reserve_slot *slot, void **out, size_t align,
                                     size_t size);
char *weir_reserve_slot_strndup(struct weir_reserve_slot *slot, const char *text, size_t max);
size_t weir_reserve_slot_usable_size(struct weir_reserve_slot *slot, const void *pointer);
void weir_reserve_slot_free(struct weir_reserve_slot *slot, void *pointer);

/* The slot and its functions, for a header. */
#define WEIR_RESERVE_DECLARE(prefix)                                                               \
  extern struct weir_reserve_slot prefix;                                                          \
  void *prefix##_malloc(size_t size);                                                              \
  void *prefix##_calloc(size_t count, size_t size);                                                \
  void *prefix##_realloc(void *pointer, size_t size);                                              \
  void *prefix##_reallocarray(void *pointer, size_t count, size_t size);                           \
  void *prefix##_aligned_alloc(size_t align, size_t size);                                         \
  void *prefix##_memalign(size_t align, size_t size);                                              \
  int prefix##_posix_memalign(void **out, size_t align, size_t size);                              \
  char *prefix##_strdup(const char *text);                                                         \
  char *prefix##_strndup(const char *text, size_t max);                                            \
  size_t prefix##_malloc_usable_size(void *pointer);                                               \
  void prefix##_free(void *pointer)

/* The same, defined: once, at file scope. */
#define WEIR_RESERVE_DEFINE(prefix)                                                                \
  WEIR_RESERVE_DECLARE(prefix);                                                                    \
  void *prefix##_malloc(size_t size) { return weir_reserve_slot_alloc(&prefix, size); }            \
  void *prefix##_calloc(size_t count, size_t size) {                                               \
    return weir_reserve_slot_calloc(&prefix, count, size);                                         \
  }                                                                                                \
  void *prefix##_realloc(void *pointer, size_t size) {                                             \
    return weir_reserve_slot_realloc(&prefix, pointer, size);                                      \
  }                                                                                                \
  void *prefix##_reallocarray(void *pointer, size_t count, size_t size) {                          \
    return weir_reserve_slot_reallocarray(&prefix, pointer, count, size);                          \
  }                                                                                                \
  void *prefix##_aligned_alloc(size_t align, size_t size) {                                        \
    return weir_reserve_slot_aligned_alloc(&prefix, align, size);                                  \
  }                                                                                                \
  void *prefix##_memalign(size_t align, size_t size) {                                             \
    return weir_reserve_slot_aligned_alloc(&prefix, align, size);                                  \
  }                                                                                                \
  int prefix##_posix_memalign(void **out, size_t align, size_t size) {                             \
    return weir_reserve_slot_posix_memalign(&prefix, out, align, size);                            \
  }                                                                                                \
  char *prefix##_strdup(const char *text) {                                                        \
    return weir_reserve_slot_strndup(&prefix, text, SIZE_MAX);                                     \
  }                                                                                                \
  char *prefix##_strndup(const char *text, size_t max) {                                           \
    return weir_reserve_slot_strndup(&prefix, text, max);                                          \
  }                                                                                                \
  size_t prefix##_malloc_usable_size(void *pointer) {                                              \
    return weir_reserve_slot_usable_size(&prefix, pointer);                                        \
  }                                                                                                \
  void prefix##_free(void *pointer) { weir_reserve_slot_free(&prefix, pointer); }                  \
  struct weir_reserve_slot prefix

#endif
