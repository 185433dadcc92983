/* Awaited growth, the same for every container that grows: a future.
 *
 *   weir_vec_reserve_start(&self->growth, &self->samples, 10, &task->waker);
 *   WEIR_AWAIT(task, weir_growth_poll(&self->growth));
 *
 * Each container has a start of its own (weir_vec_reserve_start, weir_map_reserve_start, ...),
 * which is ready at once where the container can grow now, and else waits for the exact room.
 * Meanwhile the container may be used in every way, but neither dropped nor moved. What it holds
 * stays where it is until the poll that finds the memory granted, which moves it.
 *
 * All functions: task only.
 */
#ifndef WEIR_GROWTH_H
#define WEIR_GROWTH_H

#include <stddef.h>

#include "weir/alloc.h"

struct weir_growth_kind;

/* The caller's, all zero at first. All members are the library's. */
struct weir_growth {
  struct weir_alloc alloc;
  const struct weir_growth_kind *kind;
  void *container;
  size_t additional;
  size_t capacity; /* what `alloc` asks for, in the container's units */
};

/* Once memory was granted, moves the elements there; should others have filled the room meanwhile,
 * it asks again. Ready: there is the room that was asked for right now, or the heap is too small
 * for so much. As weir_alloc_poll, and O(elements) when it moves. */
enum weir_poll weir_growth_poll(struct weir_growth *growth);

/* Cancels; room that was made stays. As weir_alloc_drop. */
void weir_growth_drop(struct weir_growth *growth);

/* The growth as a future, for weir_select and weir_join. */
struct weir_future weir_growth_future(struct weir_growth *growth);

#endif
