/* One of the crates in ../rust, chosen by BENCH_PEER, the prefix of its functions. */
#include <stdbool.h>
#include <stddef.h>

#define BENCH_SETTLES 0

#define BENCH_JOIN_(a, b) a##b
#define BENCH_JOIN(a, b) BENCH_JOIN_(a, b)
#define PEER(function) BENCH_JOIN(BENCH_PEER, function)

void *PEER(_start)(void *arena, size_t bytes);
void *PEER(_alloc)(void *peer, size_t size, size_t align);
void PEER(_free)(void *peer, void *pointer, size_t size, size_t align);

extern void *rust_under_test;

static inline bool bench_start(void *arena, size_t bytes) {
  rust_under_test = PEER(_start)(arena, bytes);
  return true;
}

static inline void *bench_alloc(size_t size, size_t align) {
  return PEER(_alloc)(rust_under_test, size, align);
}

static inline void bench_free(void *pointer, size_t size, size_t align) {
  PEER(_free)(rust_under_test, pointer, size, align);
}

static inline void bench_settle(void) {}
