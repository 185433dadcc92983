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

#include "weir/growth.h"
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

/* The same for `count` elements at once: all or none. O(count). */
bool weir_vec_append_within_capacity(struct weir_vec *vec, const void *values, size_t count);
bool weir_vec_try_append(struct weir_vec *vec, const void *values, size_t count);

/* Copies `*value` before element `index`, or behind the last when that is the length. False when
 * there is no such place or no room. `value` points outside the vec. O(elements behind it). */
bool weir_vec_insert_within_capacity(struct weir_vec *vec, size_t index, const void *value);

/* Moves element `index` to `*out`; those behind it close up, or the last takes its place. False
 * when there is none. O(elements behind it), and O(size). */
bool weir_vec_remove(struct weir_vec *vec, size_t index, void *out);
bool weir_vec_swap_remove(struct weir_vec *vec, size_t index, void *out);

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

/* Asks for room for `additional` more elements, to be awaited: see weir/growth.h. Ready at once
 * when there is, or when the vec can grow now. As weir_vec_try_reserve and weir_alloc_start. */
enum weir_poll weir_vec_reserve_start(struct weir_growth *growth, struct weir_vec *vec,
                                      size_t additional, const struct weir_waker *waker);

/* For a task of weir/task.h: grows, waiting for memory if it must, and pushes. `value` is read
 * after the wait: it points into the task's struct. If several tasks push to one vec, each gets its
 * turn. Where the vec can never be so large the value is not pushed, and the length tells. */
#define WEIR_AWAIT_PUSH(task, growth, vec, value)                                                  \
  do {                                                                                             \
    (void)weir_vec_reserve_start(growth, vec, 1, &(task)->waker);                                  \
    WEIR_AWAIT(task, weir_growth_poll(growth));                                                    \
    (void)weir_vec_push_within_capacity(vec, value);                                               \
  } while (0)

#endif
