/* A growable array on a heap, owned: its elements are destroyed and its memory freed when it is
 * dropped.
 *
 *   items -> | element 0 | element 1 | ... | element length-1 |  room  |  room  |
 *            <------------------------- capacity ------------------------------->
 *
 * What grows has three forms: awaited (never "no memory", see weir/alloc.h), try_ (now or not at
 * all), and within_capacity (never asks for memory).
 *
 *   WEIR_AWAIT_PUSH(task, &self->growth, &self->samples, &sample);
 *
 * All is task only, but for what is said of weir_vec_drop. Pointers to elements are good until the
 * next call that may grow, shrink or drop.
 */
#ifndef WEIR_VEC_H
#define WEIR_VEC_H

#include <stdbool.h>
#include <stddef.h>

#include "weir/alloc.h"
#include "weir/type.h"

/* `items` and the counts may be read; the rest is the library's. */
struct weir_vec {
  struct weir_heap *heap;
  const struct weir_type *type;
  void *items;
  size_t length;   /* elements */
  size_t capacity; /* elements that fit without growth */
};

/* Makes an empty vec that holds no memory yet. The type, of at least one byte, and the heap must
 * outlive it. O(1). */
void weir_vec_init(struct weir_vec *vec, struct weir_heap *heap, const struct weir_type *type);

/* Destroys the elements from the last to the first, gives the memory back and leaves an empty vec,
 * ready for use. Any context in which the destructor may run, if nobody else uses the vec.
 * O(length). */
void weir_vec_drop(struct weir_vec *vec);

/* Element `index`, or NULL when there is none. O(1). */
void *weir_vec_at(const struct weir_vec *vec, size_t index);

/* Copies `*value` behind the last element, if there is room. False when there is none. O(size). No
 * push that may grow the vec takes a `value` that points into it: the elements may have moved
 * before it is read. */
bool weir_vec_push_within_capacity(struct weir_vec *vec, const void *value);

/* The same, and grows now if it must. False, and nothing is changed, when there is no memory now.
 * As weir_vec_try_reserve. */
bool weir_vec_try_push(struct weir_vec *vec, const void *value);

/* Moves the last element to `*out`. False when there is none. O(size). */
bool weir_vec_pop(struct weir_vec *vec, void *out);

/* Destroys the elements from `length` on; the memory is kept. O(elements destroyed). */
void weir_vec_truncate(struct weir_vec *vec, size_t length);

/* Gives back the memory beyond the last element; those who wait are served. Never fails. O(1). */
void weir_vec_shrink_to_fit(struct weir_vec *vec);

/* Makes room for `additional` more elements, now. It grows where it is if that can be, else it
 * moves; to twice the capacity if that is more and there is memory for it. False, and nothing is
 * changed, when there is no memory now. O(length) when it moves, else as weir_heap_try_grow. */
bool weir_vec_try_reserve(struct weir_vec *vec, size_t additional);

/* Awaited growth: a future. The caller's, all zero at first. */
struct weir_vec_reserve {
  struct weir_alloc alloc;
  struct weir_vec *vec;
  size_t additional;
  size_t capacity; /* what `alloc` asks for, in elements */
};

/* Asks for room for `additional` more elements. Ready at once when there is, or when the vec can
 * grow now; else it waits for the exact room. Meanwhile the vec may be used in every way. As
 * weir_vec_try_reserve and weir_alloc_start. */
enum weir_poll weir_vec_reserve_start(struct weir_vec_reserve *reserve, struct weir_vec *vec,
                                      size_t additional, const struct weir_waker *waker);

/* Once memory was granted, moves the elements there; should others have filled the room meanwhile,
 * it asks again. Ready: there is room for `additional` more right now, or the heap is too small for
 * so many. As weir_alloc_poll, and O(length) when it moves. */
enum weir_poll weir_vec_reserve_poll(struct weir_vec_reserve *reserve);

/* Cancels; room that was made stays. As weir_alloc_drop. */
void weir_vec_reserve_drop(struct weir_vec_reserve *reserve);

/* The growth as a future, for weir_select and weir_join. */
struct weir_future weir_vec_reserve_future(struct weir_vec_reserve *reserve);

/* For a task of weir/task.h: grows, waiting for memory if it must, and pushes. `value` is read
 * after the wait: it points into the task's struct. If several tasks push to one vec, each gets its
 * turn. Where the vec can never be so large the value is not pushed, and the length tells. */
#define WEIR_AWAIT_PUSH(task, reserve, vec, value)                                                 \
  do {                                                                                             \
    (void)weir_vec_reserve_start(reserve, vec, 1, &(task)->waker);                                 \
    WEIR_AWAIT(task, weir_vec_reserve_poll(reserve));                                              \
    (void)weir_vec_push_within_capacity(vec, value);                                               \
  } while (0)

#endif
