/* malloc of an embedded C library (newlib-nano, picolibc), held in the arena by its sbrk. */
#include <stdbool.h>
#include <stdlib.h>

#define BENCH_SETTLES 0

bool libc_start(void *arena, size_t bytes);

static inline bool bench_start(void *arena, size_t bytes) { return libc_start(arena, bytes); }

static inline void *bench_alloc(size_t size, size_t align) {
  (void)align;
  return malloc(size);
}

static inline void bench_free(void *pointer, size_t size, size_t align) {
  (void)size, (void)align;
  free(pointer);
}

static inline void bench_settle(void) {}
