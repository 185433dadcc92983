/* Arc, channel and pool used by several threads at once, on the real port: for the thread
 * sanitizer, and for what comes out in the end. */
#include "weir/arc.h"
#include "weir/channel.h"
#include "weir/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "check.h"

#define THREADS 4u
#define ROUNDS 3000u

static _Alignas(16) unsigned char arena[8192];
static struct weir_heap heap;

static void in_threads(void *(*run)(void *)) {
  pthread_t threads[THREADS];
  for (size_t i = 0; i < THREADS; i++)
    pthread_create(&threads[i], NULL, run, (void *)i);
  for (size_t i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
}

static void expect_nothing_left(void) {
  weir_heap_drain(&heap, SIZE_MAX);
  CHECK_EQUAL(weir_heap_stats(&heap).used, 0);
  CHECK(weir_heap_check(&heap));
}

/* ---- one object, many owners ---- */

static unsigned destroyed;
static void destroy(void *object) {
  destroyed++;
  *(unsigned *)object = 0;
}
static const struct weir_type number_type = WEIR_TYPE_OF(unsigned, destroy);

static struct weir_arc given[THREADS];
static atomic_uint wrong;

static void *own(void *context) {
  struct weir_arc mine = given[(size_t)context];
  struct weir_weak weak = weir_arc_downgrade(&mine);
  for (unsigned i = 0; i < ROUNDS; i++) {
    struct weir_arc other = weir_weak_upgrade(&weak);
    wrong += *WEIR_ARC_GET(&other, unsigned) != 42;
    if (i % 3 == 0)
      weir_arc_drop(&mine);
    else
      weir_arc_drop(&other);
    if (i % 3 == 0)
      mine = other;
  }
  weir_arc_drop(&mine);
  while (true) { /* until the last owner is gone */
    struct weir_arc other = weir_weak_upgrade(&weak);
    if (other.block == NULL)
      break;
    weir_arc_drop(&other);
  }
  weir_weak_drop(&weak);
  return NULL;
}

static void an_object_of_many_threads_ends_once(void) {
  const unsigned value = 42;
  CHECK(weir_heap_init(&heap, arena, sizeof arena) == WEIR_OK);
  CHECK(weir_arc_try_new(&given[0], &heap, &number_type, &value));
  for (size_t i = 1; i < THREADS; i++)
    given[i] = weir_arc_clone(&given[0]);
  in_threads(own);
  CHECK_EQUAL(wrong, 0);
  CHECK_EQUAL(destroyed, 1);
  expect_nothing_left();
}

/* ---- a channel between threads ---- */

static const struct weir_type count_type = WEIR_TYPE_OF(unsigned, NULL);
static struct weir_channel channel;
static atomic_ulong sum;
static atomic_uint received;

static void post(void *context) { *(atomic_bool *)context = true; }

static void wait_for(atomic_bool *posted) {
  while (!*posted)
    sched_yield();
  *posted = false;
}

static void send(size_t from) {
  atomic_bool posted = false;
  const struct weir_waker waker = {post, &posted};
  struct weir_send sending = {0};
  for (unsigned i = 0; i < ROUNDS; i++) {
    unsigned value = (unsigned)from * ROUNDS + i;
    posted = false;
    if (i % 5 == 0 && weir_channel_try_send(&channel, &value))
      continue;
    if (weir_send_start(&sending, &channel, &value, &waker) == WEIR_PENDING)
      wait_for(&posted);
    if (!weir_send_take(&sending))
      wrong++;
  }
}

static void receive(void) {
  atomic_bool posted = false;
  const struct weir_waker waker = {post, &posted};
  struct weir_receive receiving = {0};
  unsigned value;
  for (unsigned i = 0; i < ROUNDS; i++) {
    posted = false;
    if (weir_receive_start(&receiving, &channel, &waker) == WEIR_PENDING) {
      if (i % 7 == 0)
        weir_receive_drop(&receiving); /* perhaps with an item promised by now */
      else
        wait_for(&posted);
    }
    if (!weir_receive_take(&receiving, &value)) {
      if (weir_receive_start(&receiving, &channel, &waker) == WEIR_PENDING)
        wait_for(&posted);
      if (!weir_receive_take(&receiving, &value))
        wrong++;
    }
    sum += value;
    received++;
  }
}

static void *send_or_receive(void *context) {
  size_t index = (size_t)context;
  if (index % 2 == 0)
    send(index / 2);
  else
    receive();
  return NULL;
}

static void every_item_arrives_once(void) {
  unsigned long items = THREADS / 2 * ROUNDS;
  CHECK(weir_heap_init(&heap, arena, sizeof arena) == WEIR_OK);
  CHECK(weir_channel_try_new(&channel, &heap, &count_type, 3));
  in_threads(send_or_receive);
  CHECK_EQUAL(wrong, 0);
  CHECK_EQUAL(received, items);
  CHECK_EQUAL(sum, items * (items - 1) / 2);
  weir_channel_drop(&channel);
  expect_nothing_left();
}

/* ---- a pool between threads ---- */

static struct weir_pool pool;

static void *use(void *context) {
  atomic_bool posted = false;
  const struct weir_waker waker = {post, &posted};
  struct weir_pool_get get = {0};
  for (unsigned i = 0; i < ROUNDS; i++) {
    size_t *mine;
    posted = false;
    if (weir_pool_get_start(&get, &pool, &waker) == WEIR_PENDING)
      wait_for(&posted);
    mine = weir_pool_get_take(&get);
    *mine = (size_t)context;
    if (i % 16 == 0)
      sched_yield();
    wrong += *mine != (size_t)context;
    weir_pool_put(&pool, mine);
  }
  return NULL;
}

static void an_object_of_a_pool_is_one_threads(void) {
  CHECK(weir_heap_init(&heap, arena, sizeof arena) == WEIR_OK);
  CHECK(weir_pool_try_new(&pool, &heap, WEIR_LAYOUT_OF(size_t), 2));
  in_threads(use);
  CHECK_EQUAL(wrong, 0);
  CHECK_EQUAL(weir_pool_available(&pool), 2);
  weir_pool_drop(&pool);
  expect_nothing_left();
}

int main(void) {
  RUN(an_object_of_many_threads_ends_once);
  RUN(every_item_arrives_once);
  RUN(an_object_of_a_pool_is_one_threads);
  return check_summary("collections/threads");
}
