/* Threads that free while the owner allocates, drains and sleeps. */
#define _POSIX_C_SOURCE 200809L

#include "check.h"

#include "weir/heap.h"
#include "weir/port.h"

#include "core.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#define THREADS 8
#define BLOCKS 8000 /* for each thread */
#define ROUNDS 2000

static _Alignas(8) unsigned char arena[16384];
static struct weir_heap heap;

/* One block on its way from the owner to a thread; NULL when there is room for another. */
struct slot {
  _Atomic(unsigned char *) block;
  atomic_bool spoiled;
};

static struct slot slots[THREADS];

static size_t size_of(size_t number) { return 16 + number * 7 % 120; }

static void *take_check_and_free(void *context) {
  struct slot *slot = context;
  for (size_t freed = 0; freed < BLOCKS;) {
    unsigned char *block = atomic_exchange(&slot->block, NULL);
    if (block == NULL) {
      sched_yield();
      continue;
    }
    size_t size = size_of(freed);
    for (size_t i = 0; i < size; i++)
      if (block[i] != (unsigned char)freed)
        atomic_store(&slot->spoiled, true);
    weir_heap_free(&heap, block, (struct weir_layout){size, 1});
    freed++;
  }
  return NULL;
}

/* Give the thread its next block, unless it has not taken the last one or there is no memory now.
 */
static bool hand_over(struct slot *slot, size_t number) {
  if (atomic_load(&slot->block) != NULL)
    return false;
  size_t size = size_of(number);
  unsigned char *block = weir_heap_try_alloc(&heap, (struct weir_layout){size, 1});
  if (block == NULL)
    return false;
  for (size_t i = 0; i < size; i++)
    block[i] = (unsigned char)number;
  atomic_store(&slot->block, block);
  return true;
}

static void eight_threads_free_what_the_owner_allocates(void) {
  pthread_t threads[THREADS];
  size_t handed[THREADS] = {0};
  CHECK_EQUAL(weir_heap_init(&heap, arena, sizeof arena), WEIR_OK);
  for (size_t i = 0; i < THREADS; i++)
    pthread_create(&threads[i], NULL, take_check_and_free, &slots[i]);
  for (size_t total = 0; total < (size_t)THREADS * BLOCKS; sched_yield()) {
    void *own = weir_heap_try_alloc(&heap, (struct weir_layout){48, 1});
    weir_heap_free_by_owner(&heap, own, (struct weir_layout){48, 1});
    for (size_t i = 0; i < THREADS; i++)
      if (handed[i] < BLOCKS && hand_over(&slots[i], handed[i])) {
        handed[i]++;
        total++;
      }
  }
  for (size_t i = 0; i < THREADS; i++) {
    pthread_join(threads[i], NULL);
    CHECK(!atomic_load(&slots[i].spoiled));
  }
  weir_heap_drain(&heap, SIZE_MAX);
  CHECK_EQUAL(weir_heap_stats(&heap).used, 0);
  CHECK(weir_heap_check(&heap));
}

/* Drains as if nobody waited. */
static size_t drain(struct weir_heap *drained, size_t max_blocks) {
  drained->held = 0;
  size_t moved = weir_heap_drain(drained, max_blocks);
  drained->held = 1;
  return moved;
}

static void wake(void *context) {
  (void)context;
  weir_port_wake();
}

static _Atomic(void *) whole;
static size_t whole_size;

static void *free_the_whole(void *context) {
  (void)context;
  for (size_t freed = 0; freed < ROUNDS;) {
    void *block = atomic_exchange(&whole, NULL);
    if (block == NULL) {
      sched_yield();
      continue;
    }
    weir_heap_free(&heap, block, (struct weir_layout){whole_size, 1});
    freed++;
  }
  return NULL;
}

/* As a waiting layer does it: say that somebody waits, drain once more, and only then sleep. */
static void *wait_for_the_whole(void) {
  struct weir_layout layout = {whole_size, 1};
  weir_core_set_waiting(&heap, true);
  void *block;
  for (;;) {
    weir_heap_drain(&heap, SIZE_MAX);
    block = weir_core_take(&heap, layout);
    if (block != NULL)
      break;
    weir_port_mask before = weir_port_critical_enter();
    weir_port_idle();
    weir_port_critical_leave(before);
  }
  weir_core_set_waiting(&heap, false);
  return block;
}

static void a_free_that_meets_a_sleeper_wakes_it(void) {
  CHECK_EQUAL(weir_heap_init(&heap, arena, sizeof arena), WEIR_OK);
  struct weir_wait_queue queue = {.notify = wake, .drain = drain};
  heap.queue = &queue;
  whole_size = weir_heap_stats(&heap).capacity;
  pthread_t thread;
  pthread_create(&thread, NULL, free_the_whole, NULL);
  for (size_t round = 0; round < ROUNDS; round++)
    atomic_store(&whole, wait_for_the_whole());
  pthread_join(thread, NULL);
  weir_heap_drain(&heap, SIZE_MAX);
  CHECK_EQUAL(weir_heap_stats(&heap).used, 0);
}

static void a_sleep_ends_at_its_deadline(void) {
  weir_ticks start = weir_port_now();
  weir_ticks deadline = start + 20;
  weir_port_mask before = weir_port_critical_enter();
  weir_port_wake();
  weir_port_idle();
  weir_port_deadline_arm(deadline);
  while (!weir_ticks_reached(weir_port_now(), deadline))
    weir_port_idle();
  weir_port_idle();
  weir_port_deadline_disarm();
  weir_port_critical_leave(before);
  CHECK(weir_port_now() - start < 2000);
}

int main(void) {
  RUN(eight_threads_free_what_the_owner_allocates);
  RUN(a_free_that_meets_a_sleeper_wakes_it);
  RUN(a_sleep_ends_at_its_deadline);
  return check_summary("heap_threads");
}
