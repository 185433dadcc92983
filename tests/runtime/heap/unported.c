/* Uses the heap and brings no port. Linked by a test that expects the linker to refuse. */
#include "weir/heap.h"
#include "weir/port.h"

WEIR_HEAP_DEFINE(heap, 512);

int main(void) {
  if (WEIR_HEAP_INIT(heap) != WEIR_OK)
    return 1;
  weir_heap_free(&heap, weir_heap_try_alloc(&heap, WEIR_LAYOUT_OF(int)), WEIR_LAYOUT_OF(int));
  weir_port_mask before = weir_port_critical_enter();
  weir_port_idle();
  weir_port_critical_leave(before);
  return 0;
}
