/* weir. The heap's own struct lies in the arena too, so that nothing escapes the account. */
#include "weir/heap.h"

#define BENCH_SETTLES 1

extern struct weir_heap *weir_under_test;

bool weir_start(void *arena, size_t bytes);

static inline bool bench_start(void *arena, size_t bytes) { return weir_start(arena, bytes); }

static inline void *bench_alloc(size_t size, size_t align) {
  return weir_heap_try_alloc(weir_under_test, (struct weir_layout){size, align});
}

static inline void bench_free(void *pointer, size_t size, size_t align) {
  weir_heap_free(weir_under_test, pointer, (struct weir_layout){size, align});
}

static inline void bench_settle(void) { (void)weir_heap_drain(weir_under_test, 1); }
