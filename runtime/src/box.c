#include "weir/box.h"

#include <stddef.h>

#include "bytes.h"

static void fill(struct weir_box *box, struct weir_heap *heap, const struct weir_type *type,
                 void *memory, const void *value) {
  *box = (struct weir_box){heap, type, memory};
  if (value != NULL)
    weir_bytes_copy(memory, value, type->layout.size);
  else
    weir_bytes_clear(memory, type->layout.size);
}

bool weir_box_try_new(struct weir_box *box, struct weir_heap *heap, const struct weir_type *type,
                      const void *value) {
  void *memory = weir_heap_try_alloc(heap, type->layout);
  if (memory == NULL)
    return false;
  fill(box, heap, type, memory, value);
  return true;
}

void *weir_box_release(struct weir_box *box) {
  void *object = box->object;
  box->object = NULL;
  return object;
}

void weir_box_drop(struct weir_box *box) {
  void *object = weir_box_release(box);
  if (object == NULL)
    return;
  if (box->type->destroy != NULL)
    box->type->destroy(object);
  weir_heap_free(box->heap, object, box->type->layout);
}

enum weir_poll weir_box_new_start(struct weir_box_new *construction, struct weir_heap *heap,
                                  const struct weir_type *type, const struct weir_waker *waker) {
  construction->type = type;
  return weir_alloc_start(&construction->alloc, heap, type->layout, waker);
}

enum weir_poll weir_box_new_poll(struct weir_box_new *construction) {
  return weir_alloc_poll(&construction->alloc);
}

bool weir_box_new_take(struct weir_box_new *construction, struct weir_box *box, const void *value) {
  void *memory = weir_alloc_take(&construction->alloc);
  if (memory == NULL)
    return false;
  fill(box, construction->alloc.heap, construction->type, memory, value);
  return true;
}

void weir_box_new_drop(struct weir_box_new *construction) { weir_alloc_drop(&construction->alloc); }

struct weir_future weir_box_new_future(struct weir_box_new *construction) {
  return weir_alloc_future(&construction->alloc);
}
