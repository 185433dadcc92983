#include "fixture.h"

#include "check.h"

static void note(void *context) { ++*(unsigned *)context; }

void counter_init(struct counter *counter) {
  counter->wakes = 0;
  counter->waker = (struct weir_waker){note, &counter->wakes};
}

void fixture_fill(struct fixture *fixture) {
  CHECK(weir_heap_init(&fixture->heap, fixture->arena, sizeof fixture->arena) == WEIR_OK);
  fixture->notified = 0;
  weir_heap_let_wait(&fixture->heap, &fixture->queue, note, &fixture->notified);
  fixture->count = 0;
  while ((fixture->held[fixture->count] = weir_heap_try_alloc(&fixture->heap, units(1))) != NULL)
    fixture->count++;
  CHECK(fixture->count > 16);
  fixture->heap.refusals = 0;
}

void fixture_free(struct fixture *fixture, unsigned index) {
  void *block = fixture->held[index];
  CHECK(block != NULL);
  fixture->held[index] = NULL;
  weir_heap_free(&fixture->heap, block, units(1));
}

void fixture_end(struct fixture *fixture) {
  struct weir_heap_stats stats;
  for (unsigned i = 0; i < fixture->count; i++)
    weir_heap_free(&fixture->heap, fixture->held[i], units(1));
  weir_heap_drain(&fixture->heap, SIZE_MAX);
  stats = weir_heap_stats(&fixture->heap);
  CHECK_EQUAL(stats.used, 0);
  CHECK_EQUAL(stats.pending_free, 0);
  CHECK_EQUAL(stats.wait.waiters, 0);
  CHECK_EQUAL(stats.largest_free, stats.capacity);
  CHECK(weir_heap_check(&fixture->heap));
}
