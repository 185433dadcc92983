/* A double-ended queue in a ring on a heap, owned: its elements are destroyed and its memory freed
 * when it is dropped.
 *
 *   items -> | C | D | room | room | room | A | B |        capacity 7, length 4, head 5
 *
 *   WEIR_AWAIT_PUSH_BACK(task, &self->growth, &self->jobs, &job);
 *
 * The three forms of what grows are those of weir/vec.h. For a queue between tasks, or from an
 * interrupt to a task, see weir/channel.h. All is task only, but for what is said of
 * weir_queue_drop. Pointers to elements are good until the next call that may grow, shrink, move or
 * drop.
 */
#ifndef WEIR_QUEUE_H
#define WEIR_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

#include "weir/growth.h"
#include "weir/type.h"

/* The counts may be read; the rest is the library's. */
struct weir_queue {
  struct weir_heap *heap;
  const struct weir_type *type;
  void *items;
  size_t head;     /* where the first element lies */
  size_t length;   /* elements */
  size_t capacity; /* elements that fit without growth */
};

/* Makes an empty queue that holds no memory yet. The type, of at least one byte, and the heap must
 * outlive it. O(1). */
void weir_queue_init(struct weir_queue *queue, struct weir_heap *heap,
                     const struct weir_type *type);

/* Destroys the elements from the first to the last, gives the memory back and leaves an empty
 * queue, ready for use. Any context in which the destructor may run, if nobody else uses the queue.
 * O(length). */
void weir_queue_drop(struct weir_queue *queue);

/* Element `index`, counted from the front, or NULL when there is none. O(1). */
void *weir_queue_at(const struct weir_queue *queue, size_t index);

/* Copies `*value` behind the last element, or before the first, if there is room. False when there
 * is none. O(size). No push that may grow the queue takes a `value` that points into it. */
bool weir_queue_push_back_within_capacity(struct weir_queue *queue, const void *value);
bool weir_queue_push_front_within_capacity(struct weir_queue *queue, const void *value);

/* The same, and grows now if it must. False, and nothing is changed, when there is no memory now.
 * As weir_queue_try_reserve. */
bool weir_queue_try_push_back(struct weir_queue *queue, const void *value);
bool weir_queue_try_push_front(struct weir_queue *queue, const void *value);

/* Moves the first, or the last, element to `*out`. False when there is none. O(size). */
bool weir_queue_pop_front(struct weir_queue *queue, void *out);
bool weir_queue_pop_back(struct weir_queue *queue, void *out);

/* Destroys the elements from `length` on, from the first of these to the last; the memory is kept.
 * O(elements destroyed). */
void weir_queue_truncate(struct weir_queue *queue, size_t length);

/* Moves the elements so that they lie in one piece from `items` on: the first is the memory's
 * first. O(capacity), and O(1) when they do. */
void weir_queue_make_contiguous(struct weir_queue *queue);

/* Gives back the memory that no element needs; those who wait are served. Never fails. As
 * weir_queue_make_contiguous. */
void weir_queue_shrink_to_fit(struct weir_queue *queue);

/* Makes room for `additional` more elements, now, as weir_vec_try_reserve does. */
bool weir_queue_try_reserve(struct weir_queue *queue, size_t additional);

/* The same, awaited: see weir/growth.h and weir_vec_reserve_start. */
enum weir_poll weir_queue_reserve_start(struct weir_growth *growth, struct weir_queue *queue,
                                        size_t additional, const struct weir_waker *waker);

/* For a task of weir/task.h: grows, waiting for memory if it must, and pushes. Contracts as for
 * WEIR_AWAIT_PUSH of weir/vec.h. */
#define WEIR_AWAIT_PUSH_BACK(task, growth, queue, value)                                           \
  do {                                                                                             \
    (void)weir_queue_reserve_start(growth, queue, 1, &(task)->waker);                              \
    WEIR_AWAIT(task, weir_growth_poll(growth));                                                    \
    (void)weir_queue_push_back_within_capacity(queue, value);                                      \
  } while (0)

#define WEIR_AWAIT_PUSH_FRONT(task, growth, queue, value)                                          \
  do {                                                                                             \
    (void)weir_queue_reserve_start(growth, queue, 1, &(task)->waker);                              \
    WEIR_AWAIT(task, weir_growth_poll(growth));                                                    \
    (void)weir_queue_push_front_within_capacity(queue, value);                                     \
  } while (0)

#endif
