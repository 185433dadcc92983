/* One object on a heap, shared: destroyed when the last arc is dropped, freed when the last weak
 * reference is gone as well.
 *
 *   WEIR_AWAIT_ALLOC(task, &self->memory, &heap, weir_arc_layout(&frame_type));
 *   if (weir_arc_init(&self->frame, &heap, &frame_type, weir_alloc_take(&self->memory), NULL))
 *     weir_channel_try_send(&frames, &(struct weir_arc){weir_arc_clone(&self->frame)}) ...
 *   weir_arc_drop(&self->frame);
 *
 *   arc --+--> | counts | type | heap | object ... |
 *   arc --+      2 owners
 *
 * An arc is one pointer, and a value: copying the struct moves the ownership, cloning shares it.
 * The counts are atomic: clone, downgrade, upgrade and drop are legal in any context, if the
 * destructor is; two contexts do not use the same struct at the same time, but each its own. What
 * the object holds is not protected by it.
 *
 * More than 32767 owners, or weak references, trap: they leak in a loop.
 */
#ifndef WEIR_ARC_H
#define WEIR_ARC_H

#include <stdbool.h>
#include <stdint.h>

#include "weir/alloc.h"
#include "weir/type.h"

struct weir_arc_block;

/* Empty when NULL, as when all zero. */
struct weir_arc {
  struct weir_arc_block *block;
};

/* A reference that keeps the memory, not the object. Empty when NULL. */
struct weir_weak {
  struct weir_arc_block *block;
};

/* The memory of an arc of this type. Pure, any context, O(1). */
struct weir_layout weir_arc_layout(const struct weir_type *type);

/* Makes an arc in memory that was asked for with weir_arc_layout, and owns it from here on; the
 * object is a copy of `*value`, or all bytes zero when `value` is NULL. False, and `arc` empty,
 * when `memory` is NULL. Heap and type must outlive it. Any context, O(size). */
bool weir_arc_init(struct weir_arc *arc, struct weir_heap *heap, const struct weir_type *type,
                   void *memory, const void *value);

/* The same with memory that is there now, or false. Task only, as weir_heap_try_alloc. */
bool weir_arc_try_new(struct weir_arc *arc, struct weir_heap *heap, const struct weir_type *type,
                      const void *value);

/* The object; NULL of an empty arc. Any context, O(1). */
void *weir_arc_get(const struct weir_arc *arc);
#define WEIR_ARC_GET(arc, type) ((type *)weir_arc_get(arc))

/* The object if nobody shares it, by arc or by weak reference, and so it may be changed; else NULL.
 * Any context, O(1). */
void *weir_arc_get_mut(const struct weir_arc *arc);

/* One more owner; of an empty arc an empty one. Any context, O(1). */
struct weir_arc weir_arc_clone(const struct weir_arc *arc);

/* One owner less; `arc` is empty after. The last destroys the object. Any context in which the
 * destructor may run; as the destructor, and O(1). */
void weir_arc_drop(struct weir_arc *arc);

/* Moves the object to `*out` and gives the arc up, if it is the only one: true, and `arc` is empty.
 * Weak references then find nothing. Any context, O(size). */
bool weir_arc_try_unwrap(struct weir_arc *arc, void *out);

/* How many own it, and how many weak references there are; 0 of an empty one. By the time the
 * caller looks, other contexts may have changed it. Any context, O(1). */
uint32_t weir_arc_strong_count(const struct weir_arc *arc);
uint32_t weir_arc_weak_count(const struct weir_arc *arc);

/* A weak reference to the object of an arc. Any context, O(1). */
struct weir_weak weir_arc_downgrade(const struct weir_arc *arc);

/* One more weak reference. Any context, O(1). */
struct weir_weak weir_weak_clone(const struct weir_weak *weak);

/* An owner again, or an empty arc when the object is gone. Any context, O(1); a retry only when
 * another context changed the count in between. */
struct weir_arc weir_weak_upgrade(const struct weir_weak *weak);

/* One weak reference less; `weak` is empty after. The last of all references gives the memory back.
 * Any context, O(1). */
void weir_weak_drop(struct weir_weak *weak);

#endif
