/* Threads that block for memory on the real port: for the thread sanitizer, and for a wake-up that
 * is lost only when two cores meet. */
#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <time.h>

#include "check.h"
#include "weir/blocking.h"

#define THREADS 12u
#define ROUNDS 400u

WEIR_HEAP_DEFINE(heap, 4096);

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void lock(void *context) { pthread_mutex_lock(context); }
static void unlock(void *context) { pthread_mutex_unlock(context); }

static struct weir_blocking blocking = {.lock = lock, .unlock = unlock, .context = &mutex};

struct worker {
  pthread_t thread;
  unsigned number, granted, timed_out, lost;
};

static void pause_for(long microseconds) {
  nanosleep(&(struct timespec){.tv_nsec = microseconds * 1000}, NULL);
}

/* Every fifth request has a deadline that comes first now and then, some none at all; where one of
 * ten seconds comes first, a wake-up was lost. */
static void *ask(struct worker *self, unsigned round, struct weir_layout layout) {
  bool impatient = round % 5 == 0;
  void *block;
  if (round % 5 == 1)
    block = weir_blocking_alloc(&blocking, layout);
  else
    block = weir_blocking_alloc_within(&blocking, layout, impatient ? round % 3 : 10000);
  if (block != NULL)
    self->granted++;
  else if (impatient)
    self->timed_out++;
  else
    self->lost++;
  return block;
}

static void *work(void *context) {
  struct worker *self = context;
  for (unsigned round = 0; round < ROUNDS; round++) {
    struct weir_layout layout = {200 * (1 + (self->number + round) % 5), 8};
    unsigned char *block = ask(self, round, layout);
    if (block == NULL)
      continue;
    for (size_t i = 0; i < layout.size; i++)
      block[i] = (unsigned char)self->number;
    if (round % 4 == 0)
      pause_for(50);
    for (size_t i = 0; i < layout.size; i++)
      self->lost += block[i] != (unsigned char)self->number;
    weir_heap_free(&heap, block, layout);
  }
  return NULL;
}

static void many_threads_block_and_none_for_ever(void) {
  static struct worker workers[THREADS];
  unsigned granted = 0, timed_out = 0;
  CHECK(WEIR_HEAP_INIT(heap) == WEIR_OK);
  weir_blocking_share(&blocking, &heap);
  for (unsigned i = 0; i < THREADS; i++) {
    workers[i].number = i;
    CHECK(pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0);
  }
  for (unsigned i = 0; i < THREADS; i++) {
    pthread_join(workers[i].thread, NULL);
    CHECK_EQUAL(workers[i].lost, 0);
    granted += workers[i].granted;
    timed_out += workers[i].timed_out;
  }
  weir_heap_drain(&heap, SIZE_MAX);
  struct weir_heap_stats stats = weir_heap_stats(&heap);
  CHECK_EQUAL(granted + timed_out, THREADS * ROUNDS);
  CHECK_EQUAL(stats.wait.timeouts, timed_out);
  CHECK(stats.wait.grants > 0);
  CHECK_EQUAL(stats.wait.waiters, 0);
  CHECK_EQUAL(stats.wait.cancels, 0);
  CHECK_EQUAL(stats.used, 0);
  CHECK(blocking.leader == NULL);
  CHECK(weir_heap_check(&heap));
}

/* The port's own promises. */
static void a_wake_before_the_sleep_ends_it(void) {
  weir_ticks began = weir_port_now(), deadline = began + 5000;
  struct weir_port_thread self = {0};
  weir_port_thread_wake(&self);
  weir_port_thread_sleep(&self, &deadline);
  CHECK(weir_port_now() - began < 3000);
}

static void a_deadline_is_not_early_and_comes(void) {
  CHECK(WEIR_HEAP_INIT(heap) == WEIR_OK);
  weir_blocking_share(&blocking, &heap);
  struct weir_layout most = {2048, 8};
  void *block = weir_blocking_alloc(&blocking, most);
  weir_ticks began = weir_port_now();
  CHECK(weir_blocking_alloc_within(&blocking, most, 60) == NULL);
  CHECK(weir_port_now() - began >= 60);
  weir_heap_free(&heap, block, most);
  block = weir_blocking_alloc_within(&blocking, most, 60);
  CHECK(block != NULL);
  weir_heap_free(&heap, block, most);
}

int main(void) {
  RUN(a_wake_before_the_sleep_ends_it);
  RUN(a_deadline_is_not_early_and_comes);
  RUN(many_threads_block_and_none_for_ever);
  return check_summary("async/blocking_threads");
}
