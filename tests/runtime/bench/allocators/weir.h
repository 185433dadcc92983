/* weir. The heap's own struct lies in the arena too, so that nothing escapes the account.
 *
 *   BENCH_BY_OWNER   every free is the owner's, as in a program of one thread
 *   BENCH_UNSETTLED  what was freed is left to the next allocations, which pay for it */
#include "weir/heap.h"

#ifdef BENCH_UNSETTLED
#define BENCH_SETTLES 0
#else
#define BENCH_SETTLES 1
#endif

extern struct weir_heap *weir_under_test;

bool weir_start(void *arena, size_t bytes);

static inline bool bench_start(void *arena, size_t bytes) { return weir_start(arena, bytes); }

static inline void *bench_alloc(size_t size, size_t align) {
  return weir_heap_try_alloc(weir_under_test, (struct weir_layout){size, align});
}

static inline void bench_free(void *pointer, size_t size, size_t align) {
#ifdef BENCH_BY_OWNER
  weir_heap_free_by_owner(weir_under_test, pointer, (struct weir_layout){size, align});
#else
  weir_heap_free(weir_under_test, pointer, (struct weir_layout){size, align});
#endif
}

static inline void bench_settle(void) {
  if (BENCH_SETTLES)
    (void)weir_heap_drain(weir_under_test, 1);
}
