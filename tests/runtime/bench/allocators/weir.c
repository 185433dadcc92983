#include <stdbool.h>

#include "weir.h"

struct weir_heap *weir_under_test;

bool weir_start(void *arena, size_t bytes) {
  size_t control =
      (sizeof(struct weir_heap) + WEIR_HEAP_GRANULE - 1) / WEIR_HEAP_GRANULE * WEIR_HEAP_GRANULE;
  weir_under_test = arena;
  return weir_heap_init(weir_under_test, (char *)arena + control, bytes - control) == WEIR_OK;
}
