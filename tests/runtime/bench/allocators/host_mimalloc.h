/* mimalloc by its own names. It asks for memory itself: the arena stays unused. */
#include <mimalloc.h>
#include <stdbool.h>

#define BENCH_SETTLES 0

static inline bool bench_start(void *arena, size_t bytes) {
  (void)arena, (void)bytes;
  return true;
}

static inline void *bench_alloc(size_t size, size_t align) {
  (void)align;
  return mi_malloc(size);
}

static inline void bench_free(void *pointer, size_t size, size_t align) {
  (void)size, (void)align;
  mi_free(pointer);
}

static inline void bench_settle(void) {}
