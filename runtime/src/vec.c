#include "weir/vec.h"

#include <stdint.h>

#include "bytes.h"

/* The first growth makes room for so many at least. */
#define CAPACITY_MIN 4u

static size_t element_size(const struct weir_vec *vec) { return vec->type->layout.size; }

static unsigned char *element(const struct weir_vec *vec, size_t index) {
  return (unsigned char *)vec->items + index * element_size(vec);
}

/* Of memory that the vec holds; that its size can be counted was seen when it was asked for. */
static struct weir_layout layout_of(const struct weir_vec *vec, size_t capacity) {
  return (struct weir_layout){element_size(vec) * capacity, vec->type->layout.align};
}

static bool has_room(const struct weir_vec *vec, size_t additional) {
  return vec->capacity - vec->length >= additional;
}

void weir_vec_init(struct weir_vec *vec, struct weir_heap *heap, const struct weir_type *type) {
  *vec = (struct weir_vec){.heap = heap, .type = type};
}

void *weir_vec_at(const struct weir_vec *vec, size_t index) {
  return index < vec->length ? element(vec, index) : NULL;
}

bool weir_vec_push_within_capacity(struct weir_vec *vec, const void *value) {
  if (!has_room(vec, 1))
    return false;
  weir_bytes_copy(element(vec, vec->length), value, element_size(vec));
  vec->length++;
  return true;
}

bool weir_vec_try_push(struct weir_vec *vec, const void *value) {
  return weir_vec_try_reserve(vec, 1) && weir_vec_push_within_capacity(vec, value);
}

bool weir_vec_pop(struct weir_vec *vec, void *out) {
  if (vec->length == 0)
    return false;
  vec->length--;
  weir_bytes_copy(out, element(vec, vec->length), element_size(vec));
  return true;
}

void weir_vec_truncate(struct weir_vec *vec, size_t length) {
  while (vec->length > length) {
    vec->length--;
    if (vec->type->destroy != NULL)
      vec->type->destroy(element(vec, vec->length));
  }
}

static void release(struct weir_vec *vec) {
  if (vec->items != NULL)
    weir_heap_free(vec->heap, vec->items, layout_of(vec, vec->capacity));
  vec->items = NULL;
  vec->capacity = 0;
}

void weir_vec_drop(struct weir_vec *vec) {
  weir_vec_truncate(vec, 0);
  release(vec);
}

void weir_vec_shrink_to_fit(struct weir_vec *vec) {
  if (vec->length == 0) {
    release(vec);
  } else if (vec->length < vec->capacity) {
    weir_heap_shrink(vec->heap, vec->items, layout_of(vec, vec->capacity),
                     vec->length * element_size(vec));
    vec->capacity = vec->length;
  }
}

/* Into larger memory, which is the vec's from here on. */
static void move_to(struct weir_vec *vec, void *memory, size_t capacity) {
  if (vec->items != NULL)
    weir_bytes_copy(memory, vec->items, vec->length * element_size(vec));
  release(vec);
  vec->items = memory;
  vec->capacity = capacity;
}

/* How many elements there must be room for; false when they cannot be counted. */
static bool needed(const struct weir_vec *vec, size_t additional, size_t *capacity) {
  struct weir_layout array;
  if (additional > SIZE_MAX - vec->length)
    return false;
  *capacity = vec->length + additional;
  return weir_layout_array(vec->type->layout, *capacity, &array);
}

static bool try_capacity(struct weir_vec *vec, size_t capacity) {
  struct weir_layout array;
  void *memory;
  if (!weir_layout_array(vec->type->layout, capacity, &array))
    return false;
  if (vec->items != NULL &&
      weir_heap_try_grow(vec->heap, vec->items, layout_of(vec, vec->capacity), array.size)) {
    vec->capacity = capacity;
    return true;
  }
  memory = weir_heap_try_alloc(vec->heap, array);
  if (memory == NULL)
    return false;
  move_to(vec, memory, capacity);
  return true;
}

bool weir_vec_try_reserve(struct weir_vec *vec, size_t additional) {
  size_t exact;
  size_t ample = vec->capacity <= SIZE_MAX / 2 ? vec->capacity * 2 : vec->capacity;
  if (has_room(vec, additional))
    return true;
  if (!needed(vec, additional, &exact))
    return false;
  if (ample < CAPACITY_MIN)
    ample = CAPACITY_MIN;
  return (ample > exact && try_capacity(vec, ample)) || try_capacity(vec, exact);
}

enum weir_poll weir_vec_reserve_start(struct weir_vec_reserve *reserve, struct weir_vec *vec,
                                      size_t additional, const struct weir_waker *waker) {
  weir_vec_reserve_drop(reserve);
  reserve->vec = vec;
  reserve->additional = additional;
  reserve->alloc.waiter.waker = waker;
  if (weir_vec_try_reserve(vec, additional))
    return WEIR_READY;
  return weir_vec_reserve_poll(reserve);
}

/* Asks for the exact room. False when the heap can never hold it. */
static bool ask(struct weir_vec_reserve *reserve) {
  struct weir_vec *vec = reserve->vec;
  struct weir_layout array = {SIZE_MAX, vec->type->layout.align};
  if (needed(vec, reserve->additional, &reserve->capacity))
    array = layout_of(vec, reserve->capacity);
  if (!weir_heap_could_hold(vec->heap, array))
    return false;
  (void)weir_alloc_start(&reserve->alloc, vec->heap, array, reserve->alloc.waiter.waker);
  return true;
}

static void use_grant(struct weir_vec_reserve *reserve) {
  struct weir_vec *vec = reserve->vec;
  if (reserve->capacity <= vec->capacity) // it has grown otherwise meanwhile
    weir_alloc_drop(&reserve->alloc);
  else
    move_to(vec, weir_alloc_take(&reserve->alloc), reserve->capacity);
}

enum weir_poll weir_vec_reserve_poll(struct weir_vec_reserve *reserve) {
  while (!has_room(reserve->vec, reserve->additional)) {
    unsigned char state = reserve->alloc.waiter.state;
    if (state != WEIR_WAITER_WAITING && state != WEIR_WAITER_GRANTED && !ask(reserve))
      return WEIR_READY;
    if (weir_alloc_poll(&reserve->alloc) == WEIR_PENDING)
      return WEIR_PENDING;
    use_grant(reserve);
  }
  weir_alloc_drop(&reserve->alloc);
  return WEIR_READY;
}

void weir_vec_reserve_drop(struct weir_vec_reserve *reserve) { weir_alloc_drop(&reserve->alloc); }

static enum weir_poll poll_future(void *future) { return weir_vec_reserve_poll(future); }

static void drop_future(void *future, enum weir_drop_reason reason) {
  struct weir_vec_reserve *reserve = future;
  if (reason == WEIR_DROP_TIMED_OUT)
    weir_alloc_time_out(&reserve->alloc);
  weir_vec_reserve_drop(reserve);
}

struct weir_future weir_vec_reserve_future(struct weir_vec_reserve *reserve) {
  static const struct weir_future_kind kind = {poll_future, drop_future, WEIR_DROP_CANCELLED};
  return (struct weir_future){&kind, reserve};
}
