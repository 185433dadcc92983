#include "weir/vec.h"

#include <stdint.h>

#include "bytes.h"
#include "growth.h"

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

bool weir_vec_append_within_capacity(struct weir_vec *vec, const void *values, size_t count) {
  if (!has_room(vec, count))
    return false;
  if (count != 0)
    weir_bytes_copy(element(vec, vec->length), values, count * element_size(vec));
  vec->length += count;
  return true;
}

bool weir_vec_push_within_capacity(struct weir_vec *vec, const void *value) {
  return weir_vec_append_within_capacity(vec, value, 1);
}

bool weir_vec_try_append(struct weir_vec *vec, const void *values, size_t count) {
  return weir_vec_try_reserve(vec, count) && weir_vec_append_within_capacity(vec, values, count);
}

/* Moves what stands from `from` on to `to`, where there is room. */
static void slide(struct weir_vec *vec, size_t from, size_t to) {
  if (from != vec->length)
    weir_bytes_move(element(vec, to), element(vec, from), (vec->length - from) * element_size(vec));
}

bool weir_vec_insert_within_capacity(struct weir_vec *vec, size_t index, const void *value) {
  if (index > vec->length || !has_room(vec, 1))
    return false;
  slide(vec, index, index + 1);
  weir_bytes_copy(element(vec, index), value, element_size(vec));
  vec->length++;
  return true;
}

bool weir_vec_remove(struct weir_vec *vec, size_t index, void *out) {
  if (index >= vec->length)
    return false;
  weir_bytes_copy(out, element(vec, index), element_size(vec));
  slide(vec, index + 1, index);
  vec->length--;
  return true;
}

bool weir_vec_swap_remove(struct weir_vec *vec, size_t index, void *out) {
  if (index >= vec->length)
    return false;
  weir_bytes_copy(out, element(vec, index), element_size(vec));
  vec->length--;
  if (index != vec->length)
    weir_bytes_copy(element(vec, index), element(vec, vec->length), element_size(vec));
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

/* ---- awaited growth ---- */

static size_t capacity_of(const void *container) {
  return ((const struct weir_vec *)container)->capacity;
}

static bool container_has_room(const void *container, size_t additional) {
  return has_room(container, additional);
}

static bool try_reserve(void *container, size_t additional) {
  return weir_vec_try_reserve(container, additional);
}

static bool needed_by(const void *container, size_t additional, size_t *capacity,
                      struct weir_layout *memory) {
  const struct weir_vec *vec = container;
  return needed(vec, additional, capacity) &&
         weir_layout_array(vec->type->layout, *capacity, memory);
}

static void move_container(void *container, void *memory, size_t capacity) {
  move_to(container, memory, capacity);
}

enum weir_poll weir_vec_reserve_start(struct weir_growth *growth, struct weir_vec *vec,
                                      size_t additional, const struct weir_waker *waker) {
  static const struct weir_growth_kind kind = {capacity_of, container_has_room, try_reserve,
                                               needed_by, move_container};
  return weir_growth_start(growth, &kind, vec, vec->heap, additional, waker);
}
