/* Pieces inside a reservation: boundary tags, one list for each class of size, and a top.
 *
 *   header                      content
 *   | size, low bit: live | size of the piece before || ...           live
 *   | size                | size of the piece before || next | prev | free
 *
 * The piece below top is never free: it would have been given back to what lies above. Sizes are
 * multiples of the alignment and headers lie 8 bytes below one, so that contents are aligned. */
#include "weir/reserve.h"

#include "bytes.h"
#include "config.h"
#include "weir/fatal.h"

#define ALIGN ((uint32_t)WEIR_RESERVE_ALIGN)
#define HEADER WEIR_RESERVE_HEADER
#define PIECE_MIN (ALIGN < 16 ? 16u : ALIGN)
#define SKEW_MAX (ALIGN - WEIR_HEAP_GRANULE) /* what a heap's block may lose at its low end */
#define SIZE_LIMIT (UINT32_C(1) << 31)
#define LIVE 1u
#define NONE UINT32_MAX

#define EXACT_BINS 8u /* sizes below so many alignments have a bin each; then two for an octave */
#define PROBES 3u

struct __attribute__((may_alias)) piece {
  uint32_t size; /* the whole piece, and LIVE */
  uint32_t before;
  uint32_t next; /* only while free: offsets, or NONE */
  uint32_t prev;
};

static struct piece *piece_at(const struct weir_reserve *reserve, uint32_t at) {
  return (struct piece *)(void *)(reserve->low + at);
}

static uint32_t size_at(const struct weir_reserve *reserve, uint32_t at) {
  return piece_at(reserve, at)->size & ~LIVE;
}

static bool is_free(const struct weir_reserve *reserve, uint32_t at) {
  return (piece_at(reserve, at)->size & LIVE) == 0;
}

static void *content_at(const struct weir_reserve *reserve, uint32_t at) {
  return reserve->low + at + HEADER;
}

/* ---- free pieces ---- */

static unsigned bin_of(uint32_t size) {
  uint32_t units = size / ALIGN;
  unsigned log2, bin;
  if (units < EXACT_BINS)
    return (unsigned)units;
  log2 = 31u - (unsigned)__builtin_clz(units);
  bin = EXACT_BINS + (log2 - 3) * 2 + (units >> (log2 - 1) & 1);
  return bin < WEIR_RESERVE_BINS ? bin : WEIR_RESERVE_BINS - 1;
}

static uint32_t first_of(const struct weir_reserve *reserve, unsigned bin) {
  return (reserve->bin_mask >> bin & 1) != 0 ? reserve->bins[bin] : NONE;
}

static void put_in_bin(struct weir_reserve *reserve, uint32_t at) {
  struct piece *piece = piece_at(reserve, at);
  unsigned bin = bin_of(piece->size);
  piece->prev = NONE;
  piece->next = first_of(reserve, bin);
  if (piece->next != NONE)
    piece_at(reserve, piece->next)->prev = at;
  reserve->bins[bin] = at;
  reserve->bin_mask |= UINT32_C(1) << bin;
}

static void take_from_bin(struct weir_reserve *reserve, uint32_t at) {
  const struct piece *piece = piece_at(reserve, at);
  unsigned bin = bin_of(piece->size);
  if (piece->next != NONE)
    piece_at(reserve, piece->next)->prev = piece->prev;
  if (piece->prev != NONE)
    piece_at(reserve, piece->prev)->next = piece->next;
  else if (piece->next != NONE)
    reserve->bins[bin] = piece->next;
  else
    reserve->bin_mask &= ~(UINT32_C(1) << bin);
}

/* A free piece of at least `size`, or NONE. */
static uint32_t find(const struct weir_reserve *reserve, uint32_t size) {
  unsigned bin = bin_of(size);
  uint32_t at = first_of(reserve, bin);
  uint32_t larger;
  for (unsigned probe = 0; probe < PROBES && at != NONE; probe++) {
    if (size_at(reserve, at) >= size)
      return at;
    at = piece_at(reserve, at)->next;
  }
  larger = reserve->bin_mask & ~(UINT32_MAX >> (WEIR_RESERVE_BINS - 1 - bin));
  return larger == 0 ? NONE : reserve->bins[__builtin_ctz(larger)];
}

/* ---- the row of pieces ---- */

/* Notes the size of a piece where it is looked for: in itself and in what follows. */
static void set_size(struct weir_reserve *reserve, uint32_t at, uint32_t size, uint32_t live) {
  piece_at(reserve, at)->size = size | live;
  if (at + size == reserve->top)
    reserve->last = size;
  else
    piece_at(reserve, at + size)->before = size;
}

static void move_top(struct weir_reserve *reserve, uint32_t top) {
  reserve->top = top;
  if (top > reserve->peak)
    reserve->peak = top;
}

/* Makes one piece of [at, at + size), whose header knows what is before it, free: with its free
 * neighbours, or as part of what is above top. */
static void release(struct weir_reserve *reserve, uint32_t at, uint32_t size) {
  uint32_t before = piece_at(reserve, at)->before;
  piece_at(reserve, at)->size = size;
  if (before != 0 && is_free(reserve, at - before)) {
    take_from_bin(reserve, at - before);
    at -= before;
    size += before;
  }
  if (at + size == reserve->top) {
    reserve->last = piece_at(reserve, at)->before;
    reserve->top = at;
    return;
  }
  if (is_free(reserve, at + size)) {
    uint32_t after = size_at(reserve, at + size);
    take_from_bin(reserve, at + size);
    size += after;
  }
  set_size(reserve, at, size, 0);
  put_in_bin(reserve, at);
}

/* Cuts a live piece of `have` bytes down to `size`; a remnant too small to be a piece stays. */
static uint32_t trim(struct weir_reserve *reserve, uint32_t at, uint32_t have, uint32_t size) {
  if (have - size < PIECE_MIN)
    return have;
  set_size(reserve, at, size, LIVE);
  release(reserve, at + size, have - size);
  return size;
}

static uint32_t take_from_top(struct weir_reserve *reserve, uint32_t size) {
  uint32_t at = reserve->top;
  if (reserve->size - at < size)
    return NONE;
  piece_at(reserve, at)->before = reserve->last;
  move_top(reserve, at + size);
  set_size(reserve, at, size, LIVE);
  return at;
}

static uint32_t take(struct weir_reserve *reserve, uint32_t size) {
  uint32_t at = find(reserve, size);
  uint32_t have;
  if (at == NONE)
    return take_from_top(reserve, size);
  have = size_at(reserve, at);
  take_from_bin(reserve, at);
  set_size(reserve, at, have, LIVE);
  (void)trim(reserve, at, have, size);
  return at;
}

/* The size of the piece for a content, or 0 when nothing can hold it. */
static uint32_t piece_size(size_t content) {
  uint32_t size;
  if (content > SIZE_LIMIT - HEADER - ALIGN)
    return 0;
  size = ((uint32_t)content + HEADER + ALIGN - 1) & ~(ALIGN - 1);
  return size < PIECE_MIN ? PIECE_MIN : size;
}

static void *overrun(struct weir_reserve *reserve, size_t content) {
  reserve->overruns++;
  if (content > reserve->largest_overrun)
    reserve->largest_overrun = content;
  return NULL;
}

static void count_live(struct weir_reserve *reserve, uint32_t at) {
  reserve->live++;
  reserve->used += size_at(reserve, at);
}

void *weir_reserve_alloc(struct weir_reserve *reserve, size_t size) {
  uint32_t wanted = piece_size(size);
  uint32_t at = wanted == 0 ? NONE : take(reserve, wanted);
  if (at == NONE)
    return overrun(reserve, size);
  count_live(reserve, at);
  return content_at(reserve, at);
}

void *weir_reserve_calloc(struct weir_reserve *reserve, size_t count, size_t size) {
  void *content;
  if (size != 0 && count > SIZE_MAX / size)
    return overrun(reserve, SIZE_MAX);
  content = weir_reserve_alloc(reserve, count * size);
  if (content != NULL)
    weir_bytes_clear(content, count * size);
  return content;
}

/* Room for a front piece, so that the rest can be given back. */
void *weir_reserve_aligned_alloc(struct weir_reserve *reserve, size_t align, size_t size) {
  uint32_t wanted = piece_size(size);
  uint32_t at, have, front;
  if (align == 0 || (align & (align - 1)) != 0)
    return NULL;
  if (align <= ALIGN)
    return weir_reserve_alloc(reserve, size);
  if (wanted == 0 || align > SIZE_LIMIT - PIECE_MIN || wanted > SIZE_LIMIT - PIECE_MIN - align)
    return overrun(reserve, size);
  at = take(reserve, wanted + PIECE_MIN + (uint32_t)align);
  if (at == NONE)
    return overrun(reserve, size);
  have = size_at(reserve, at);
  front = (uint32_t)(0 - (uintptr_t)content_at(reserve, at)) & ((uint32_t)align - 1);
  if (front != 0 && front < PIECE_MIN)
    front += (uint32_t)align;
  if (front != 0) {
    set_size(reserve, at, front, LIVE);
    set_size(reserve, at + front, have - front, LIVE);
    release(reserve, at, front);
    at += front;
  }
  (void)trim(reserve, at, have - front, wanted);
  count_live(reserve, at);
  return content_at(reserve, at);
}

/* ---- what is handed back ---- */

static bool agrees(const struct weir_reserve *reserve, uint32_t at) {
  const struct piece *piece = piece_at(reserve, at);
  uint32_t size = piece->size & ~LIVE;
  if (size < PIECE_MIN || size % ALIGN != 0 || size > reserve->top - at || piece->before > at ||
      piece->before % ALIGN != 0 || (piece->before == 0) != (at == 0))
    return false;
  if (piece->before != 0 && size_at(reserve, at - piece->before) != piece->before)
    return false;
  return (at + size == reserve->top ? reserve->last : piece_at(reserve, at + size)->before) == size;
}

/* The piece that a pointer is the content of. */
static uint32_t piece_of(const struct weir_reserve *reserve, const void *pointer) {
#if WEIR_CHECKS
  uintptr_t low = (uintptr_t)reserve->low;
  if ((uintptr_t)pointer < low + HEADER || (uintptr_t)pointer - low >= reserve->top)
    weir_fatal(WEIR_FATAL_FOREIGN, pointer);
  if ((uintptr_t)pointer % ALIGN != 0)
    weir_fatal(WEIR_FATAL_MISALIGNED, pointer);
#endif
  uint32_t at = (uint32_t)((const unsigned char *)pointer - reserve->low) - HEADER;
#if WEIR_CHECKS
  if (is_free(reserve, at))
    weir_fatal(WEIR_FATAL_DOUBLE_FREE, pointer);
  if (!agrees(reserve, at))
    weir_fatal(WEIR_FATAL_WRONG_SIZE, pointer);
#endif
  return at;
}

void weir_reserve_free(struct weir_reserve *reserve, void *pointer) {
  uint32_t at;
  if (pointer == NULL)
    return;
  at = piece_of(reserve, pointer);
  reserve->live--;
  reserve->used -= size_at(reserve, at);
  release(reserve, at, size_at(reserve, at));
}

size_t weir_reserve_usable_size(const struct weir_reserve *reserve, const void *pointer) {
  return pointer == NULL ? 0 : size_at(reserve, piece_of(reserve, pointer)) - HEADER;
}

/* Makes a live piece at least `size` bytes where it is, or leaves it as it is. */
static bool extend(struct weir_reserve *reserve, uint32_t at, uint32_t size) {
  uint32_t have = size_at(reserve, at);
  uint32_t after = at + have;
  uint32_t more;
  if (after == reserve->top) {
    if (reserve->size - at < size)
      return false;
    move_top(reserve, at + size);
    set_size(reserve, at, size, LIVE);
    return true;
  }
  if (!is_free(reserve, after) || have + size_at(reserve, after) < size)
    return false;
  more = size_at(reserve, after);
  take_from_bin(reserve, after);
  set_size(reserve, at, have + more, LIVE);
  (void)trim(reserve, at, have + more, size);
  return true;
}

static void *move(struct weir_reserve *reserve, void *pointer, size_t content, size_t size) {
  void *larger = weir_reserve_alloc(reserve, size);
  if (larger == NULL)
    return NULL;
  weir_bytes_copy(larger, pointer, content);
  weir_reserve_free(reserve, pointer);
  return larger;
}

void *weir_reserve_realloc(struct weir_reserve *reserve, void *pointer, size_t size) {
  uint32_t wanted = piece_size(size);
  uint32_t at, have;
  if (pointer == NULL)
    return weir_reserve_alloc(reserve, size);
  if (size == 0) {
    weir_reserve_free(reserve, pointer);
    return NULL;
  }
  at = piece_of(reserve, pointer);
  have = size_at(reserve, at);
  if (wanted == 0)
    return overrun(reserve, size);
  if (wanted > have && !extend(reserve, at, wanted))
    return move(reserve, pointer, have - HEADER, size);
  if (wanted <= have)
    (void)trim(reserve, at, have, wanted);
  reserve->used += size_at(reserve, at) - have;
  return pointer;
}

/* ---- the block ---- */

bool weir_reserve_begin(struct weir_reserve *reserve, struct weir_heap *heap, void *block,
                        size_t bytes) {
  size_t skew = (size_t)(0 - ((uintptr_t)block + HEADER)) % ALIGN;
  *reserve = (struct weir_reserve){.block = block};
  if (block == NULL)
    return false;
  reserve->heap = heap;
  reserve->bytes = bytes;
  reserve->low = (unsigned char *)block + skew;
  if (bytes > skew)
    reserve->size = (uint32_t)(bytes - skew < SIZE_LIMIT ? bytes - skew : SIZE_LIMIT);
  return reserve->size >= PIECE_MIN;
}

/* A block that is too small for a piece is not kept by who was told that there is none. */
static bool or_end(struct weir_reserve *reserve, bool begun) {
  if (!begun)
    weir_reserve_end(reserve);
  return begun;
}

bool weir_reserve_try_begin(struct weir_reserve *reserve, struct weir_heap *heap, size_t bytes) {
  void *block = weir_heap_try_alloc(heap, weir_reserve_layout(bytes));
  return or_end(reserve, weir_reserve_begin(reserve, heap, block, bytes));
}

bool weir_reserve_begin_inside(struct weir_reserve *reserve, struct weir_reserve *outer,
                               size_t bytes) {
  void *block = weir_reserve_alloc(outer, bytes);
  bool begun = weir_reserve_begin(reserve, NULL, block, bytes);
  reserve->outer = block == NULL ? NULL : outer;
  return or_end(reserve, begun);
}

/* From the start of the block to an offset; 0 to 0, for a reservation of nothing. */
static size_t bytes_to(const struct weir_reserve *reserve, uint32_t at) {
  return at == 0 ? 0 : at + (size_t)(reserve->low - (unsigned char *)reserve->block);
}

size_t weir_reserve_shrink(struct weir_reserve *reserve) {
  size_t kept = bytes_to(reserve, reserve->top);
  size_t given = reserve->bytes - kept;
  if (given == 0 || (reserve->heap == NULL && reserve->outer == NULL))
    return 0;
  if (reserve->heap != NULL)
    weir_heap_shrink(reserve->heap, reserve->block, weir_reserve_layout(reserve->bytes), kept);
  else
    (void)weir_reserve_realloc(reserve->outer, reserve->block, kept == 0 ? 1 : kept);
  reserve->bytes = kept;
  reserve->size = reserve->top;
  return given;
}

void weir_reserve_end(struct weir_reserve *reserve) {
  if (reserve->heap != NULL)
    weir_heap_free(reserve->heap, reserve->block, weir_reserve_layout(reserve->bytes));
  else if (reserve->outer != NULL)
    weir_reserve_free(reserve->outer, reserve->block);
  reserve->heap = NULL;
  reserve->outer = NULL;
  reserve->bytes = 0;
  reserve->size = 0;
  reserve->top = 0;
  reserve->bin_mask = 0;
}

struct weir_reserve_stats weir_reserve_stats(const struct weir_reserve *reserve) {
  return (struct weir_reserve_stats){
      .capacity = reserve->bytes,
      .used = reserve->used,
      .peak = reserve->peak == 0 ? 0 : reserve->peak + SKEW_MAX,
      .largest_overrun = reserve->largest_overrun,
      .live = reserve->live,
      .overruns = reserve->overruns,
  };
}

/* ---- invariants ---- */

/* How many pieces a bin lists, each of them free and in the right bin; NONE when one is not. */
static uint32_t count_bin(const struct weir_reserve *reserve, unsigned bin) {
  uint32_t count = 0;
  uint32_t prev = NONE;
  for (uint32_t at = first_of(reserve, bin); at != NONE; at = piece_at(reserve, at)->next) {
    if (at >= reserve->top || at % ALIGN != 0 || !is_free(reserve, at) ||
        bin_of(size_at(reserve, at)) != bin || piece_at(reserve, at)->prev != prev)
      return NONE;
    prev = at;
    count++;
  }
  return count;
}

bool weir_reserve_check(const struct weir_reserve *reserve) {
  uint32_t live = 0, used = 0, listed = 0, unlisted = 0;
  bool after_free = false;
  if (reserve->size == 0)
    return reserve->top == 0 && reserve->bin_mask == 0;
  for (uint32_t at = 0; at != reserve->top; at += size_at(reserve, at)) {
    bool free = is_free(reserve, at);
    if (!agrees(reserve, at) || (free && after_free))
      return false;
    live += !free;
    used += free ? 0 : size_at(reserve, at);
    unlisted += free;
    after_free = free;
  }
  for (unsigned bin = 0; bin < WEIR_RESERVE_BINS; bin++) {
    uint32_t count = count_bin(reserve, bin);
    if (count == NONE)
      return false;
    listed += count;
  }
  return !after_free && listed == unlisted && live == reserve->live && used == reserve->used &&
         reserve->top <= reserve->peak && reserve->top <= reserve->size;
}
