/* The least that uses the heap: what its flash size is measured on, against the same without it. */
#include "weir/heap.h"

#ifdef WITH_HEAP
WEIR_HEAP_DEFINE(heap, 1024);

int main(void) {
  struct weir_layout layout = WEIR_LAYOUT_OF(int);
  if (WEIR_HEAP_INIT(heap) != WEIR_OK)
    return 1;
  void *pointer = weir_heap_try_alloc(&heap, layout);
  weir_heap_free(&heap, pointer, layout);
  return 0;
}
#else
int main(void) { return 0; }
#endif
