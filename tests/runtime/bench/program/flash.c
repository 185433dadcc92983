/* An image that holds an allocator's functions and nothing else; what they link is what they cost
 * in flash. With FLASH_BASELINE it holds none, for what every image has. */
#include "allocator.h"

void *flash_sink;

void flash_entry(void *arena, size_t bytes);
void flash_entry(void *arena, size_t bytes) {
#ifdef FLASH_BASELINE
  flash_sink = arena;
  (void)bytes;
#else
  if (!bench_start(arena, bytes))
    return;
  flash_sink = bench_alloc(bytes, 8);
  bench_free(flash_sink, bytes, 8);
  bench_settle();
#ifdef FLASH_STATISTICS
  flash_sink = (void *)weir_heap_stats(weir_under_test).used;
#endif
#endif
}
