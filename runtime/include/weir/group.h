/* Several allocations that are granted together or not at all: who takes one after the other, and
 * waits while holding the first, may wait for ever for another who does the same.
 *
 *   self->parts[0].layout = WEIR_LAYOUT_OF(struct header);
 *   self->parts[1].layout = WEIR_LAYOUT_OF(struct body);
 *   weir_group_start(&self->group, &heap, self->parts, 2, &task->waker);
 *   WEIR_AWAIT(task, weir_group_poll(&self->group));
 *   if (weir_group_take(&self->group))
 *     use(self->parts[0].memory, self->parts[1].memory);
 *
 * The states are those of weir/alloc.h. A group stands in line as one request: it is as large as
 * all parts together when it overtakes, and of the class of its largest part. While it waits it
 * holds nothing.
 */
#ifndef WEIR_GROUP_H
#define WEIR_GROUP_H

#include <stdbool.h>

#include "weir/alloc.h"

/* One part: what is asked for, and, once taken, the block, to be freed with that layout. */
struct weir_part {
  struct weir_layout layout;
  void *memory;
};

/* The caller's, all zero at first; neither it nor the parts move while it waits or is granted. All
 * members are the library's. 40 bytes on a 32-bit target. */
struct weir_group {
  struct weir_alloc alloc;
  struct weir_part *parts;
  size_t count;
};

/* Asks for all parts, one at least. As weir_alloc_start, each "O(1)" being O(count). A group is
 * refused, which is ready at once with nothing to take, when the sizes, each with its alignment
 * less one, are together more than an empty heap could hold. Task only. */
enum weir_poll weir_group_start(struct weir_group *group, struct weir_heap *heap,
                                struct weir_part *parts, size_t count,
                                const struct weir_waker *waker);

/* As weir_alloc_poll. */
enum weir_poll weir_group_poll(struct weir_group *group);

/* Hands the blocks over, in the parts' `memory`; each is freed by itself. False, and nothing is
 * handed over, when there is nothing. Task only, O(1). */
bool weir_group_take(struct weir_group *group);

/* As weir_alloc_drop: every granted block goes back. O(count), and O(1) for each grant that
 * follows.
 */
void weir_group_drop(struct weir_group *group);

/* The group as a future, for weir_select and weir_join. */
struct weir_future weir_group_future(struct weir_group *group);

#endif
