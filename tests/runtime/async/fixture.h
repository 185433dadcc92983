/* A heap that is full, in blocks of one size, and a waker that counts. */
#ifndef WEIR_TESTS_ASYNC_FIXTURE_H
#define WEIR_TESTS_ASYNC_FIXTURE_H

#include "weir/alloc.h"
#include "weir/heap.h"

#define FIXTURE_UNIT 64u
#define FIXTURE_BLOCKS 64u

struct fixture {
  struct weir_heap heap;
  struct weir_wait_queue queue;
  _Alignas(64) unsigned char arena[4096];
  void *held[FIXTURE_BLOCKS]; /* each of FIXTURE_UNIT bytes, side by side from the low end on */
  unsigned count;
  unsigned notified;
};

struct counter {
  struct weir_waker waker;
  unsigned wakes;
};

/* Makes the heap and fills it. Nothing of FIXTURE_UNIT bytes or more
 * fits after. */
void fixture_fill(struct fixture *fixture);

/* Frees held block `index`, as an interrupt may. */
void fixture_free(struct fixture *fixture, unsigned index);

/* Frees what is held still, and checks that nothing leaked and nobody waits. */
void fixture_end(struct fixture *fixture);

void counter_init(struct counter *counter);

static inline struct weir_layout bytes(size_t size) { return (struct weir_layout){size, 8}; }

static inline struct weir_layout units(size_t count) { return bytes(count * FIXTURE_UNIT); }

#endif
