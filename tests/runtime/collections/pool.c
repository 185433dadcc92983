/* A pool: each object is one user's at a time, and goes to who waits longest. */
#include "weir/pool.h"

#include "weir/alloc.h"
#include "weir/fatal.h"
#include "weir/task.h"

#include "full.h"

#define CAPACITY 4u

static const struct weir_layout object = {24, 8};
static struct weir_pool pool;
static struct weir_pool_get gets[4];
static struct counter wakers[4];
static void *out[CAPACITY];

static void setup(void) {
  full_setup(2);
  for (unsigned i = 0; i < 4; i++) {
    counter_init(&wakers[i]);
    gets[i] = (struct weir_pool_get){0};
  }
  CHECK(weir_pool_try_new(&pool, &at.heap, object, CAPACITY));
}

static void teardown(void) {
  CHECK(pool.line.first == NULL && pool.line.last == NULL);
  CHECK_EQUAL(weir_pool_available(&pool), pool.capacity);
  weir_pool_drop(&pool);
  weir_pool_drop(&pool);
  full_end();
}

static void get_all(void) {
  for (unsigned i = 0; i < CAPACITY; i++)
    out[i] = weir_pool_try_get(&pool);
}

static void put_all(void) {
  for (unsigned i = 0; i < CAPACITY; i++)
    weir_pool_put(&pool, out[i]);
}

static enum weir_poll start(unsigned i) {
  return weir_pool_get_start(&gets[i], &pool, &wakers[i].waker);
}

static void objects_are_apart_and_aligned(void) {
  setup();
  for (unsigned round = 0; round < 3; round++) {
    get_all();
    CHECK(weir_pool_try_get(&pool) == NULL);
    CHECK_EQUAL(weir_pool_available(&pool), 0);
    for (unsigned i = 0; i < CAPACITY; i++) {
      CHECK(out[i] != NULL && (uintptr_t)out[i] % 8 == 0);
      for (unsigned byte = 0; byte < 24; byte++)
        ((volatile unsigned char *)out[i])[byte] = (unsigned char)i;
    }
    for (unsigned i = 0; i < CAPACITY; i++)
      for (unsigned byte = 0; byte < 24; byte++)
        CHECK_EQUAL(((unsigned char *)out[i])[byte], i);
    put_all();
  }
  weir_pool_put(&pool, NULL);
  teardown();
}

static void a_get_of_what_is_there_is_ready(void) {
  void *mine;
  setup();
  CHECK(start(0) == WEIR_READY);
  CHECK(weir_pool_get_poll(&gets[0]) == WEIR_READY);
  mine = weir_pool_get_take(&gets[0]);
  CHECK(mine != NULL);
  CHECK(weir_pool_get_take(&gets[0]) == NULL);
  weir_pool_get_drop(&gets[0]);
  CHECK_EQUAL(weir_pool_available(&pool), CAPACITY - 1);
  weir_pool_put(&pool, mine);
  CHECK_EQUAL(wakers[0].wakes, 0);
  teardown();
}

static void gets_wait_in_line(void) {
  setup();
  get_all();
  for (unsigned i = 0; i < 3; i++)
    CHECK(start(i) == WEIR_PENDING);
  CHECK(weir_pool_get_take(&gets[0]) == NULL);
  weir_pool_put(&pool, out[2]);
  CHECK_EQUAL(wakers[0].wakes, 1);
  CHECK_EQUAL(wakers[1].wakes, 0);
  CHECK(weir_pool_try_get(&pool) == NULL); /* it is the first one's */
  CHECK(weir_pool_get_poll(&gets[1]) == WEIR_PENDING);
  CHECK(weir_pool_get_take(&gets[0]) == out[2]);
  weir_pool_get_drop(&gets[1]);
  weir_pool_put(&pool, out[0]);
  CHECK_EQUAL(wakers[1].wakes, 0);
  out[0] = weir_pool_get_take(&gets[2]);
  CHECK(out[0] != NULL);
  put_all();
  teardown();
}

static void a_granted_object_that_is_dropped_goes_on(void) {
  setup();
  get_all();
  CHECK(start(0) == WEIR_PENDING);
  CHECK(start(1) == WEIR_PENDING);
  weir_pool_put(&pool, out[1]);
  weir_future_drop(weir_pool_get_future(&gets[0]));
  CHECK_EQUAL(wakers[1].wakes, 1);
  weir_pool_get_drop(&gets[1]);
  CHECK_EQUAL(weir_pool_available(&pool), 1);
  out[1] = NULL;
  put_all();
  teardown();
}

static void a_new_start_is_a_drop(void) {
  setup();
  CHECK(start(0) == WEIR_READY);
  CHECK(start(0) == WEIR_READY);
  CHECK_EQUAL(weir_pool_available(&pool), CAPACITY - 1);
  weir_pool_get_drop(&gets[0]);
  teardown();
}

static void put(void *pointer) { weir_pool_put(&pool, pointer); }

static void mistakes_are_fatal(void) {
  static unsigned char foreign[24];
  unsigned char *mine;
  setup();
  mine = weir_pool_try_get(&pool);
  CHECK_FATAL(put, foreign, WEIR_FATAL_FOREIGN, foreign);
  CHECK_FATAL(put, pool.out, WEIR_FATAL_FOREIGN, (void *)pool.out);
  CHECK_FATAL(put, mine + 8, WEIR_FATAL_MISALIGNED, mine + 8);
  weir_pool_put(&pool, mine);
  CHECK_FATAL(put, mine, WEIR_FATAL_DOUBLE_FREE, mine);
  mine = pool.memory + pool.size * 3;
  CHECK_FATAL(put, mine, WEIR_FATAL_DOUBLE_FREE, mine);
  weir_pool_drop(&pool);
  CHECK_FATAL(put, foreign, WEIR_FATAL_FOREIGN, foreign);
  full_end();
}

static void any_layout_and_count(void) {
  static const struct weir_layout layouts[] = {{0, 1}, {1, 1}, {9, 4}, {33, 32}, {64, 64}};
  static _Alignas(64) unsigned char memory[40 * 128];
  for (unsigned i = 0; i < 5; i++) {
    for (unsigned count = 1; count < 40; count++) {
      struct weir_layout layout = weir_pool_layout(layouts[i], count);
      unsigned got = 0;
      unsigned char *one;
      CHECK(layout.size <= sizeof memory);
      memory[layout.size] = 0x5a;
      CHECK(weir_pool_init(&pool, NULL, layouts[i], memory, count));
      while ((one = weir_pool_try_get(&pool)) != NULL) {
        CHECK_EQUAL((uintptr_t)one % layouts[i].align, 0);
        CHECK(one >= memory && one + layouts[i].size <= memory + layout.size);
        got++;
      }
      CHECK_EQUAL(got, count);
      CHECK_EQUAL(memory[layout.size], 0x5a);
      weir_pool_drop(&pool);
    }
  }
}

static void a_pool_without_memory_has_nothing(void) {
  setup();
  weir_pool_drop(&pool);
  CHECK(!weir_pool_try_new(&pool, &at.heap, object, 1000));
  CHECK(weir_pool_try_get(&pool) == NULL);
  CHECK_EQUAL(weir_pool_layout(object, SIZE_MAX / 8).size, SIZE_MAX);
  CHECK_EQUAL(weir_pool_layout((struct weir_layout){SIZE_MAX - 2, 8}, 1).size, SIZE_MAX);
  CHECK(!weir_pool_init(&pool, NULL, object, &pool, 0));
  size_t used = full_used();
  CHECK(!weir_pool_try_new(&pool, &at.heap, object, 0));
  CHECK_EQUAL(full_used(), used);
  teardown();
}

struct user {
  struct weir_task task;
  struct weir_pool_get get;
};

static enum weir_poll user_poll(struct user *self) {
  WEIR_TASK_BEGIN(&self->task);
  WEIR_AWAIT_GET(&self->task, &self->get, &pool);
  out[3] = weir_pool_get_take(&self->get);
  WEIR_TASK_END(&self->task);
}

static void a_task_awaits_an_object(void) {
  struct user user = {0};
  setup();
  get_all();
  user.task.waker = waker.waker;
  CHECK(user_poll(&user) == WEIR_PENDING);
  weir_pool_put(&pool, out[3]);
  out[3] = NULL;
  CHECK_EQUAL(waker.wakes, 1);
  CHECK(user_poll(&user) == WEIR_READY);
  CHECK(out[3] != NULL);
  put_all();
  teardown();
}

static void put_in_interrupt(void *context) {
  (void)context;
  weir_pool_put(&pool, out[0]);
  out[0] = NULL;
}

/* An interrupt puts at each moment of a get's life: nothing is lost, and no get left waiting. */
static void an_interrupt_puts_at_each_moment(void) {
  for (unsigned moment = 1; moment < 12; moment++) {
    setup();
    get_all();
    fake_port.interrupt = put_in_interrupt;
    fake_port.countdown = moment;
    (void)start(0);
    if (weir_pool_get_poll(&gets[0]) == WEIR_READY)
      weir_pool_put(&pool, weir_pool_get_take(&gets[0]));
    weir_pool_get_drop(&gets[0]);
    fake_port.countdown = 0;
    put_all();
    teardown();
  }
}

int main(void) {
  RUN(objects_are_apart_and_aligned);
  RUN(a_get_of_what_is_there_is_ready);
  RUN(gets_wait_in_line);
  RUN(a_granted_object_that_is_dropped_goes_on);
  RUN(a_new_start_is_a_drop);
  RUN(mistakes_are_fatal);
  RUN(any_layout_and_count);
  RUN(a_pool_without_memory_has_nothing);
  RUN(a_task_awaits_an_object);
  RUN(an_interrupt_puts_at_each_moment);
  return check_summary("collections/pool");
}
