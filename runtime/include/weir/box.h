/* One object on a heap, owned: destroyed and freed when its box is dropped.
 *
 *   weir_box_new_start(&self->new_frame, &heap, &frame_type, &task->waker);
 *   WEIR_AWAIT(task, weir_box_new_poll(&self->new_frame));
 *   if (weir_box_new_take(&self->new_frame, &self->frame, &(struct frame){.length = 0}))
 *     ...
 *   weir_box_drop(&self->frame);
 *
 * A box is a value: copying the struct moves the ownership, and the old copy is not to be used
 * again.
 */
#ifndef WEIR_BOX_H
#define WEIR_BOX_H

#include <stdbool.h>

#include "weir/alloc.h"
#include "weir/type.h"

/* Empty when `object` is NULL, as when all zero. `object` may be read and used; the rest is the
 * library's. */
struct weir_box {
  struct weir_heap *heap;
  const struct weir_type *type;
  void *object;
};

/* The object, as a pointer to its type. */
#define WEIR_BOX_GET(box, type) ((type *)(box)->object)

/* Makes a box now, its object a copy of `*value`, or all bytes zero when `value` is NULL. False,
 * and `box` untouched, when there is no memory now. Task only. As weir_heap_try_alloc, and O(size)
 * for the copy. */
bool weir_box_try_new(struct weir_box *box, struct weir_heap *heap, const struct weir_type *type,
                      const void *value);

/* Destroys the object and gives its memory back; the box is empty after. An empty box is left as it
 * is. Any context in which the destructor may run. As the destructor, and O(1). */
void weir_box_drop(struct weir_box *box);

/* Hands the object to the caller, who destroys it and frees it with its type's layout; the box is
 * empty after. NULL of an empty box. Any context, O(1). */
void *weir_box_release(struct weir_box *box);

/* The awaited constructor: a future. The caller's, all zero at first. */
struct weir_box_new {
  struct weir_alloc alloc;
  const struct weir_type *type;
};

/* Asks for a box; the type must outlive it. As weir_alloc_start. */
enum weir_poll weir_box_new_start(struct weir_box_new *construction, struct weir_heap *heap,
                                  const struct weir_type *type, const struct weir_waker *waker);

/* As weir_alloc_poll. */
enum weir_poll weir_box_new_poll(struct weir_box_new *construction);

/* Once ready: makes the box, its object as in weir_box_try_new. False, and `box` untouched, when
 * there is nothing to take (see weir_alloc_take). Task only, O(size). */
bool weir_box_new_take(struct weir_box_new *construction, struct weir_box *box, const void *value);

/* As weir_alloc_drop; a box that was taken is not touched. */
void weir_box_new_drop(struct weir_box_new *construction);

/* The construction as a future, for weir_select and weir_join. */
struct weir_future weir_box_new_future(struct weir_box_new *construction);

#endif
