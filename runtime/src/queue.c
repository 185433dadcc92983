#include "weir/queue.h"

#include <stdint.h>

#include "bytes.h"
#include "growth.h"

/* The first growth makes room for so many at least. */
#define CAPACITY_MIN 4u

static size_t element_size(const struct weir_queue *queue) { return queue->type->layout.size; }

static unsigned char *place(const struct weir_queue *queue, size_t index) {
  return (unsigned char *)queue->items + index * element_size(queue);
}

/* The place of element `index`, or of the room behind the last. */
static size_t wrapped(const struct weir_queue *queue, size_t index) {
  size_t before_end = queue->capacity - queue->head;
  return index < before_end ? queue->head + index : index - before_end;
}

static struct weir_layout layout_of(const struct weir_queue *queue, size_t capacity) {
  return (struct weir_layout){element_size(queue) * capacity, queue->type->layout.align};
}

static bool has_room(const struct weir_queue *queue, size_t additional) {
  return queue->capacity - queue->length >= additional;
}

void weir_queue_init(struct weir_queue *queue, struct weir_heap *heap,
                     const struct weir_type *type) {
  *queue = (struct weir_queue){.heap = heap, .type = type};
}

void *weir_queue_at(const struct weir_queue *queue, size_t index) {
  return index < queue->length ? place(queue, wrapped(queue, index)) : NULL;
}

bool weir_queue_push_back_within_capacity(struct weir_queue *queue, const void *value) {
  if (!has_room(queue, 1))
    return false;
  weir_bytes_copy(place(queue, wrapped(queue, queue->length)), value, element_size(queue));
  queue->length++;
  return true;
}

bool weir_queue_push_front_within_capacity(struct weir_queue *queue, const void *value) {
  if (!has_room(queue, 1))
    return false;
  queue->head = (queue->head == 0 ? queue->capacity : queue->head) - 1;
  weir_bytes_copy(place(queue, queue->head), value, element_size(queue));
  queue->length++;
  return true;
}

bool weir_queue_try_push_back(struct weir_queue *queue, const void *value) {
  return weir_queue_try_reserve(queue, 1) && weir_queue_push_back_within_capacity(queue, value);
}

bool weir_queue_try_push_front(struct weir_queue *queue, const void *value) {
  return weir_queue_try_reserve(queue, 1) && weir_queue_push_front_within_capacity(queue, value);
}

bool weir_queue_pop_front(struct weir_queue *queue, void *out) {
  if (queue->length == 0)
    return false;
  weir_bytes_copy(out, place(queue, queue->head), element_size(queue));
  queue->head = wrapped(queue, 1);
  queue->length--;
  return true;
}

bool weir_queue_pop_back(struct weir_queue *queue, void *out) {
  if (queue->length == 0)
    return false;
  queue->length--;
  weir_bytes_copy(out, place(queue, wrapped(queue, queue->length)), element_size(queue));
  return true;
}

void weir_queue_truncate(struct weir_queue *queue, size_t length) {
  size_t had = queue->length;
  if (length >= had)
    return;
  queue->length = length;
  for (size_t index = length; index < had && queue->type->destroy != NULL; index++)
    queue->type->destroy(place(queue, wrapped(queue, index)));
}

static void release(struct weir_queue *queue) {
  if (queue->items != NULL && queue->heap != NULL)
    weir_heap_free(queue->heap, queue->items, layout_of(queue, queue->capacity));
  queue->items = NULL;
  queue->head = 0;
  queue->capacity = 0;
}

void weir_queue_drop(struct weir_queue *queue) {
  weir_queue_truncate(queue, 0);
  release(queue);
}

/* ---- moving ---- */

static void swap(unsigned char *one, unsigned char *other, size_t bytes) {
  for (size_t i = 0; i < bytes; i++) {
    unsigned char byte = one[i];
    one[i] = other[i];
    other[i] = byte;
  }
}

/* Reverses the places [first, end). */
static void reverse(struct weir_queue *queue, size_t first, size_t end) {
  for (; first + 1 < end; first++, end--)
    swap(place(queue, first), place(queue, end - 1), element_size(queue));
}

void weir_queue_make_contiguous(struct weir_queue *queue) {
  size_t head = queue->head;
  queue->head = 0;
  if (head == 0)
    return;
  if (queue->length <= queue->capacity - head) {
    weir_bytes_move(place(queue, 0), place(queue, head), queue->length * element_size(queue));
    return;
  }
  reverse(queue, 0, head);
  reverse(queue, head, queue->capacity);
  reverse(queue, 0, queue->capacity);
}

void weir_queue_shrink_to_fit(struct weir_queue *queue) {
  if (queue->length == 0) {
    release(queue);
  } else if (queue->length < queue->capacity) {
    weir_queue_make_contiguous(queue);
    weir_heap_shrink(queue->heap, queue->items, layout_of(queue, queue->capacity),
                     queue->length * element_size(queue));
    queue->capacity = queue->length;
  }
}

/* The memory grew where it is: what lay before its old end now belongs before the new one. */
static void spread(struct weir_queue *queue, size_t capacity) {
  size_t before_end = queue->capacity - queue->head;
  if (queue->length > before_end) {
    size_t head = capacity - before_end;
    weir_bytes_move(place(queue, head), place(queue, queue->head),
                    before_end * element_size(queue));
    queue->head = head;
  }
  queue->capacity = capacity;
}

static void move_to(struct weir_queue *queue, void *memory, size_t capacity) {
  size_t before_end = queue->capacity - queue->head;
  size_t first = queue->length < before_end ? queue->length : before_end;
  size_t bytes = first * element_size(queue);
  if (queue->items != NULL) {
    weir_bytes_copy(memory, place(queue, queue->head), bytes);
    weir_bytes_copy((unsigned char *)memory + bytes, queue->items,
                    (queue->length - first) * element_size(queue));
  }
  release(queue);
  queue->items = memory;
  queue->capacity = capacity;
}

static bool needed(const struct weir_queue *queue, size_t additional, size_t *capacity,
                   struct weir_layout *memory) {
  if (additional > SIZE_MAX - queue->length)
    return false;
  *capacity = queue->length + additional;
  return weir_layout_array(queue->type->layout, *capacity, memory);
}

static bool try_capacity(struct weir_queue *queue, size_t capacity) {
  struct weir_layout array;
  void *memory;
  if (!weir_layout_array(queue->type->layout, capacity, &array))
    return false;
  if (queue->items != NULL && weir_heap_try_grow(queue->heap, queue->items,
                                                 layout_of(queue, queue->capacity), array.size)) {
    spread(queue, capacity);
    return true;
  }
  memory = weir_heap_try_alloc(queue->heap, array);
  if (memory == NULL)
    return false;
  move_to(queue, memory, capacity);
  return true;
}

bool weir_queue_try_reserve(struct weir_queue *queue, size_t additional) {
  struct weir_layout memory;
  size_t exact;
  size_t ample = queue->capacity <= SIZE_MAX / 2 ? queue->capacity * 2 : queue->capacity;
  if (has_room(queue, additional))
    return true;
  if (!needed(queue, additional, &exact, &memory))
    return false;
  if (ample < CAPACITY_MIN)
    ample = CAPACITY_MIN;
  return (ample > exact && try_capacity(queue, ample)) || try_capacity(queue, exact);
}

/* ---- awaited growth ---- */

static size_t capacity_of(const void *container) {
  return ((const struct weir_queue *)container)->capacity;
}

static bool container_has_room(const void *container, size_t additional) {
  return has_room(container, additional);
}

static bool try_reserve(void *container, size_t additional) {
  return weir_queue_try_reserve(container, additional);
}

static bool needed_by(const void *container, size_t additional, size_t *capacity,
                      struct weir_layout *memory) {
  return needed(container, additional, capacity, memory);
}

static void move_container(void *container, void *memory, size_t capacity) {
  move_to(container, memory, capacity);
}

enum weir_poll weir_queue_reserve_start(struct weir_growth *growth, struct weir_queue *queue,
                                        size_t additional, const struct weir_waker *waker) {
  static const struct weir_growth_kind kind = {capacity_of, container_has_room, try_reserve,
                                               needed_by, move_container};
  return weir_growth_start(growth, &kind, queue, queue->heap, additional, waker);
}
