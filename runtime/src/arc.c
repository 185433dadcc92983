/* Counts as in Rust's Arc, in one word, so that both are seen at one moment:
 *
 *   31           16 15            0
 *   | weak          | strong      |
 *
 * All owners together hold one weak reference, which the last of them drops after it destroyed the
 * object. So who takes `weak` to 0 is the last of all, and frees. */
#include "weir/arc.h"

#include <stddef.h>

#include "bytes.h"
#include "weir/port.h"
#include "weir/shared.h"

#define STRONG UINT32_C(1)
#define WEAK (UINT32_C(1) << 16)
#define STRONG_OF(counts) ((counts) & (WEAK - 1))
#define WEAK_OF(counts) ((counts) >> 16)
#define TOO_MANY (UINT32_C(0x8000) * STRONG | UINT32_C(0x8000) * WEAK)

struct weir_arc_block {
  WEIR_SHARED uint32_t counts;
  const struct weir_type *type;
  struct weir_heap *heap;
};

/* ---- one step on the counts ---- */

#if WEIR_HAS_COMPARE_AND_SWAP

/* Returns what they were. Releases what this context did to the object, and acquires what those did
 * that let go before. */
static uint32_t add(_Atomic uint32_t *counts, uint32_t difference) {
  return atomic_fetch_add_explicit(counts, difference, memory_order_acq_rel);
}

/* Returns what they were: as expected, if they were changed. */
static uint32_t exchange(_Atomic uint32_t *counts, uint32_t expected, uint32_t wanted) {
  uint32_t was = expected;
  (void)atomic_compare_exchange_strong_explicit(counts, &was, wanted, memory_order_acq_rel,
                                                memory_order_acquire);
  return was;
}

#else

static uint32_t add(volatile uint32_t *counts, uint32_t difference) {
  weir_port_mask before = weir_port_critical_enter();
  uint32_t was = *counts;
  *counts = was + difference;
  weir_port_critical_leave(before);
  return was;
}

static uint32_t exchange(volatile uint32_t *counts, uint32_t expected, uint32_t wanted) {
  weir_port_mask before = weir_port_critical_enter();
  uint32_t was = *counts;
  if (was == expected)
    *counts = wanted;
  weir_port_critical_leave(before);
  return was;
}

#endif

static void increment(struct weir_arc_block *block, uint32_t one) {
  if ((add(&block->counts, one) & TOO_MANY) != 0)
    __builtin_trap();
}

/* ---- the block ---- */

/* Where the object lies; an alignment that is none fails in the heap, as layouts do. */
static size_t offset_of(const struct weir_type *type) {
  size_t align = type->layout.align;
  return (sizeof(struct weir_arc_block) + align - 1) & ~(align - 1);
}

static void *object_of(struct weir_arc_block *block) {
  return (unsigned char *)block + offset_of(block->type);
}

struct weir_layout weir_arc_layout(const struct weir_type *type) {
  struct weir_layout layout = {SIZE_MAX, _Alignof(struct weir_arc_block)};
  size_t offset = offset_of(type);
  if (type->layout.size <= SIZE_MAX - offset)
    layout.size = offset + type->layout.size;
  if (type->layout.align > layout.align)
    layout.align = type->layout.align;
  return layout;
}

bool weir_arc_init(struct weir_arc *arc, struct weir_heap *heap, const struct weir_type *type,
                   void *memory, const void *value) {
  arc->block = memory;
  if (memory == NULL)
    return false;
  weir_shared_poke(&arc->block->counts, STRONG + WEAK);
  arc->block->type = type;
  arc->block->heap = heap;
  if (value != NULL)
    weir_bytes_copy(object_of(arc->block), value, type->layout.size);
  else
    weir_bytes_clear(object_of(arc->block), type->layout.size);
  return true;
}

bool weir_arc_try_new(struct weir_arc *arc, struct weir_heap *heap, const struct weir_type *type,
                      const void *value) {
  void *memory = weir_heap_try_alloc(heap, weir_arc_layout(type));
  return weir_arc_init(arc, heap, type, memory, value);
}

static void drop_weak(struct weir_arc_block *block) {
  if (WEAK_OF(add(&block->counts, 0 - WEAK)) == 1)
    weir_heap_free(block->heap, block, weir_arc_layout(block->type));
}

void *weir_arc_get(const struct weir_arc *arc) {
  return arc->block == NULL ? NULL : object_of(arc->block);
}

void *weir_arc_get_mut(const struct weir_arc *arc) {
  if (arc->block == NULL || weir_shared_load(&arc->block->counts) != STRONG + WEAK)
    return NULL;
  return object_of(arc->block);
}

struct weir_arc weir_arc_clone(const struct weir_arc *arc) {
  if (arc->block != NULL)
    increment(arc->block, STRONG);
  return *arc;
}

void weir_arc_drop(struct weir_arc *arc) {
  struct weir_arc_block *block = arc->block;
  arc->block = NULL;
  if (block == NULL || STRONG_OF(add(&block->counts, 0 - STRONG)) != 1)
    return;
  if (block->type->destroy != NULL)
    block->type->destroy(object_of(block));
  drop_weak(block);
}

/* Others may come and go by weak references as long as there is one owner. */
bool weir_arc_try_unwrap(struct weir_arc *arc, void *out) {
  struct weir_arc_block *block = arc->block;
  uint32_t counts, was;
  if (block == NULL)
    return false;
  was = weir_shared_peek(&block->counts);
  do {
    counts = was;
    if (STRONG_OF(counts) != 1)
      return false;
    was = exchange(&block->counts, counts, counts - STRONG);
  } while (was != counts);
  arc->block = NULL;
  weir_bytes_copy(out, object_of(block), block->type->layout.size);
  drop_weak(block);
  return true;
}

uint32_t weir_arc_strong_count(const struct weir_arc *arc) {
  return arc->block == NULL ? 0 : STRONG_OF(weir_shared_peek(&arc->block->counts));
}

uint32_t weir_arc_weak_count(const struct weir_arc *arc) {
  return arc->block == NULL ? 0 : WEAK_OF(weir_shared_peek(&arc->block->counts)) - 1;
}

struct weir_weak weir_arc_downgrade(const struct weir_arc *arc) {
  struct weir_weak weak = {arc->block};
  return weir_weak_clone(&weak);
}

struct weir_weak weir_weak_clone(const struct weir_weak *weak) {
  if (weak->block != NULL)
    increment(weak->block, WEAK);
  return *weak;
}

struct weir_arc weir_weak_upgrade(const struct weir_weak *weak) {
  uint32_t counts, was;
  if (weak->block == NULL)
    return (struct weir_arc){NULL};
  was = weir_shared_peek(&weak->block->counts);
  do {
    counts = was;
    if (STRONG_OF(counts) == 0)
      return (struct weir_arc){NULL};
    if ((counts & TOO_MANY) != 0)
      __builtin_trap();
    was = exchange(&weak->block->counts, counts, counts + STRONG);
  } while (was != counts);
  return (struct weir_arc){weak->block};
}

void weir_weak_drop(struct weir_weak *weak) {
  struct weir_arc_block *block = weak->block;
  weak->block = NULL;
  if (block != NULL)
    drop_weak(block);
}
