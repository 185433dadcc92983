/* Exact best fit, the lowest of equals, that writes nothing into its arena: what placement by size
 * alone could give if a heap cost no memory. Nobody can use it; it says how far a figure of
 * utilisation can go. */
#include <stdbool.h>
#include <stddef.h>

#define BENCH_SETTLES 0

bool ideal_start(void *arena, size_t bytes);
void *ideal_alloc(size_t size);
void ideal_free(void *pointer, size_t size);

static inline bool bench_start(void *arena, size_t bytes) { return ideal_start(arena, bytes); }

static inline void *bench_alloc(size_t size, size_t align) {
  (void)align;
  return ideal_alloc(size);
}

static inline void bench_free(void *pointer, size_t size, size_t align) {
  (void)align;
  ideal_free(pointer, size);
}

static inline void bench_settle(void) {}
