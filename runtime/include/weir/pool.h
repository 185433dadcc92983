/* A fixed number of objects of one size: getting one is awaited, giving it back legal anywhere.
 *
 *   WEIR_AWAIT_ALLOC(task, &self->memory, &heap, weir_pool_layout(WEIR_LAYOUT_OF(struct dma), 4));
 *   weir_pool_init(&pool, &heap, WEIR_LAYOUT_OF(struct dma), weir_alloc_take(&self->memory), 4);
 *
 *   WEIR_AWAIT_GET(task, &self->get, &pool);
 *   self->dma = weir_pool_get_take(&self->get);
 *   ...
 *   weir_pool_put(&pool, self->dma);                          // in an interrupt handler
 *
 *   | object | object | object | object | one bit for each: it is out |
 *
 * A pool keeps its objects for those who use it, whatever else happens to the heap; it neither
 * fragments nor is it fragmented. Those who wait are served in order of arrival: an object that
 * comes back is theirs before they are woken, and nobody gets past them.
 *
 * A pool knows no destructors: what an object owns is given up before it is put back.
 */
#ifndef WEIR_POOL_H
#define WEIR_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/future.h"
#include "weir/heap.h"
#include "weir/line.h"

/* All members are the library's. It must not move while anybody waits. */
struct weir_pool {
  struct weir_heap *heap;
  unsigned char *memory;
  uint32_t *out;    /* bit i: object i is somebody's */
  void *returned;   /* objects that came back: each points to the next */
  size_t capacity;  /* objects */
  size_t untouched; /* objects from the first on that were used once */
  size_t available; /* objects that nobody has */
  size_t size;      /* of an object, as it is laid out */
  struct weir_layout object;
  struct weir_line line;
};

/* The memory of a pool of `capacity` objects. Pure, any context, O(1). */
struct weir_layout weir_pool_layout(struct weir_layout object, size_t capacity);

/* Makes a pool in memory that was asked for with weir_pool_layout, and owns it from here on. With
 * `heap` NULL the memory is the caller's, and stays his. False, and there is no object, when
 * `memory` is NULL or the capacity 0; memory that it was given then goes back by its drop. Task
 * only, O(capacity / 32). */
bool weir_pool_init(struct weir_pool *pool, struct weir_heap *heap, struct weir_layout object,
                    void *memory, size_t capacity);

/* The same with memory that is there now; or false, with nothing to drop. Task only, as
 * weir_heap_try_alloc. */
bool weir_pool_try_new(struct weir_pool *pool, struct weir_heap *heap, struct weir_layout object,
                       size_t capacity);

/* Gives the memory back. Nobody may wait, and every object must have been put back, or its use
 * ended. Task only, O(1). */
void weir_pool_drop(struct weir_pool *pool);

/* An object that nobody waits for, or NULL. Its contents are indeterminate. ANY CONTEXT, O(1). */
void *weir_pool_try_get(struct weir_pool *pool);

/* Gives an object back, to who waits longest if anybody does. NULL is ignored. ANY CONTEXT, O(1).
 * Unless WEIR_CHECKS is 0, a pointer that is no object of this pool, or one that is not out, ends
 * in weir_fatal: FOREIGN, MISALIGNED, DOUBLE_FREE. */
void weir_pool_put(struct weir_pool *pool, void *object);

/* How many objects nobody has. Any context, O(1). */
size_t weir_pool_available(const struct weir_pool *pool);

/* ---- a get that waits: a future; the caller's, all zero at first ---- */

/* All members are the library's. Not moved while it waits or is granted. */
struct weir_pool_get {
  struct weir_place place;
  struct weir_pool *pool;
  void *object;
};

/* Asks for an object. Ready at once when there is one. Task only, O(1). */
enum weir_poll weir_pool_get_start(struct weir_pool_get *get, struct weir_pool *pool,
                                   const struct weir_waker *waker);

/* Ready once there is an object to take. Task only, O(1). */
enum weir_poll weir_pool_get_poll(struct weir_pool_get *get);

/* Hands the object over; NULL when there is none to hand over. Task only, O(1). */
void *weir_pool_get_take(struct weir_pool_get *get);

/* Stops waiting, or gives the object to the next in line. One that was taken stays taken. Task
 * only, O(1). */
void weir_pool_get_drop(struct weir_pool_get *get);

/* The get as a future, for weir_select and weir_join. Task only, O(1). */
struct weir_future weir_pool_get_future(struct weir_pool_get *get);

/* For a task of weir/task.h: start and await in one statement; then take. */
#define WEIR_AWAIT_GET(task, get, pool)                                                            \
  do {                                                                                             \
    (void)weir_pool_get_start(get, pool, &(task)->waker);                                          \
    WEIR_AWAIT(task, weir_pool_get_poll(get));                                                     \
  } while (0)

#endif
