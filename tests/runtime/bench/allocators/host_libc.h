/* malloc of the system that the bench runs on. It asks for memory itself: the arena stays unused.
 */
#include <stdbool.h>
#include <stdlib.h>

#define BENCH_SETTLES 0

static inline bool bench_start(void *arena, size_t bytes) {
  (void)arena, (void)bytes;
  return true;
}

static inline void *bench_alloc(size_t size, size_t align) {
  (void)align;
  return malloc(size);
}

static inline void bench_free(void *pointer, size_t size, size_t align) {
  (void)size, (void)align;
  free(pointer);
}

static inline void bench_settle(void) {}
