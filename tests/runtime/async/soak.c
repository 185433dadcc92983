/* Everything at once, for long: tasks that ask in every way there is, give up, and have what they
 * got freed by other threads, by themselves, or never take it.
 *
 *   async_soak [operations]
 *
 * Each block is filled with a pattern that whoever frees it checks. At the end nothing is in use,
 * and the statistics add up. 30 thousand operations when nothing else is said. */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "weir/client.h"
#include "weir/executor.h"
#include "weir/group.h"

#define TASKS 24u
#define THREADS 3u
#define SLOTS 32u
#define SIZE_MIN sizeof(struct parcel)
#define SIZE_RANGE 1500u
#define DEFAULT_OPERATIONS 30000ul

/* The start of a block on its way to whoever frees it; the pattern follows. */
struct parcel {
  struct weir_client *client; /* NULL: of nobody */
  size_t size;
  unsigned char pattern;
};

enum kind { PLAIN, TIMED, GROUP, CLIENT, DROPPED, KINDS };

struct user {
  struct weir_task task;
  uint32_t seed;
  enum kind kind;
  struct weir_layout layout;
  struct weir_alloc plain;
  struct weir_timed_alloc timed;
  struct weir_group group;
  struct weir_part parts[2];
  struct weir_client_alloc client;
};

WEIR_HEAP_DEFINE(heap, 5000);
static struct weir_executor executor;
static struct weir_keeper keeper;
static struct weir_clients clients;
static struct weir_client client = {.tag = "client", .quota = 3000};
static struct user users[TASKS];
static unsigned long operations_left;
static _Atomic(struct parcel *) slots[SLOTS];
static atomic_bool over;
static atomic_uint damaged;

/* Marsaglia, Xorshift RNGs. */
static uint32_t random_below(struct user *user, uint32_t bound) {
  user->seed ^= user->seed << 13;
  user->seed ^= user->seed >> 17;
  user->seed ^= user->seed << 5;
  return user->seed % bound;
}

static struct weir_layout random_layout(struct user *user) {
  size_t size = SIZE_MIN + random_below(user, random_below(user, 8) == 0 ? SIZE_RANGE : 100);
  return (struct weir_layout){size, (size_t)8 << (random_below(user, 16) == 0 ? 3 : 0)};
}

static struct weir_layout layout_of(const struct parcel *parcel) {
  return (struct weir_layout){parcel->size, 8};
}

static void open_parcel(struct parcel *parcel) {
  const unsigned char *bytes = (const unsigned char *)(parcel + 1);
  for (size_t i = 0; i < parcel->size - sizeof *parcel; i++)
    if (bytes[i] != parcel->pattern)
      atomic_fetch_add(&damaged, 1);
  if (parcel->client != NULL)
    weir_client_free(parcel->client, parcel, layout_of(parcel));
  else
    weir_heap_free(&heap, parcel, layout_of(parcel));
}

static void *open_all(void *context) {
  (void)context;
  while (!atomic_load(&over)) {
    for (unsigned i = 0; i < SLOTS; i++) {
      struct parcel *parcel = atomic_exchange(&slots[i], NULL);
      if (parcel != NULL)
        open_parcel(parcel);
    }
    sched_yield();
  }
  return NULL;
}

/* To a thread, or, one time in four or when there is no room, back at once. */
static void send(struct user *user, void *memory, size_t size, struct weir_client *of) {
  struct parcel *parcel = memory;
  struct parcel *none = NULL;
  *parcel = (struct parcel){of, size, (unsigned char)random_below(user, 256)};
  memset(parcel + 1, parcel->pattern, size - sizeof *parcel);
  if (random_below(user, 4) == 0 ||
      !atomic_compare_exchange_strong(&slots[random_below(user, SLOTS)], &none, parcel))
    open_parcel(parcel);
}

static void choose(struct user *user) {
  operations_left--;
  user->kind = (enum kind)random_below(user, KINDS);
  user->layout = random_layout(user);
  user->parts[0].layout = random_layout(user);
  user->parts[1].layout = random_layout(user);
}

/* What was granted, if anything was, goes on its way. */
static void finish(struct user *user) {
  void *memory = NULL;
  if (user->kind == PLAIN)
    memory = weir_alloc_take(&user->plain);
  else if (user->kind == TIMED)
    memory = weir_timed_alloc_take(&user->timed);
  else if (user->kind == CLIENT)
    memory = weir_client_alloc_take(&user->client);
  else if (user->kind == DROPPED)
    weir_alloc_drop(&user->plain);
  else if (weir_group_take(&user->group))
    for (unsigned i = 0; i < 2; i++)
      send(user, user->parts[i].memory, user->parts[i].layout.size, NULL);
  if (memory != NULL)
    send(user, memory, user->layout.size, user->kind == CLIENT ? &client : NULL);
}

static enum weir_poll run_user(struct weir_task *task) {
  struct user *user = WEIR_CONTAINER_OF(task, struct user, task);
  WEIR_TASK_BEGIN(task);
  while (operations_left > 0) {
    choose(user);
    if (user->kind == PLAIN) {
      WEIR_AWAIT_ALLOC(task, &user->plain, &heap, user->layout);
    } else if (user->kind == TIMED) {
      WEIR_AWAIT_ALLOC_WITHIN(task, &user->timed, &heap, user->layout, 1);
    } else if (user->kind == GROUP) {
      (void)weir_group_start(&user->group, &heap, user->parts, 2, &task->waker);
      WEIR_AWAIT(task, weir_group_poll(&user->group));
    } else if (user->kind == CLIENT) {
      (void)weir_client_alloc_start(&user->client, &client, user->layout, &task->waker);
      WEIR_AWAIT(task, weir_client_alloc_poll(&user->client));
    } else {
      (void)weir_alloc_start(&user->plain, &heap, user->layout, &task->waker);
      WEIR_YIELD(task);
    }
    finish(user);
    WEIR_YIELD(task);
  }
  WEIR_TASK_END(task);
}

static void soak(void) {
  pthread_t threads[THREADS];
  struct weir_heap_stats stats;
  CHECK(WEIR_HEAP_INIT(heap) == WEIR_OK);
  weir_executor_keep(&executor, &keeper, &heap);
  weir_client_join(&client, &clients, &heap);
  for (unsigned i = 0; i < TASKS; i++) {
    users[i].seed = i + 1;
    weir_executor_spawn(&executor, &users[i].task, run_user);
  }
  for (unsigned i = 0; i < THREADS; i++)
    CHECK(pthread_create(&threads[i], NULL, open_all, NULL) == 0);
  weir_executor_run(&executor);
  atomic_store(&over, true);
  for (unsigned i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
  for (unsigned i = 0; i < SLOTS; i++)
    if (slots[i] != NULL)
      open_parcel(slots[i]);
  weir_heap_drain(&heap, SIZE_MAX);
  stats = weir_heap_stats(&heap);
  CHECK_EQUAL(damaged, 0);
  CHECK_EQUAL(stats.used, 0);
  CHECK_EQUAL(stats.wait.waiters, 0);
  CHECK_EQUAL(stats.largest_free, stats.capacity);
  CHECK_EQUAL(client.held + client.reserved + client.waiting, 0);
  CHECK(stats.wait.grants > 0);
  CHECK(stats.wait.cancels > 0);
  CHECK_EQUAL(operations_left, 0);
  CHECK(weir_heap_check(&heap));
}

int main(int argc, char **argv) {
  operations_left = argc > 1 ? strtoul(argv[1], NULL, 10) : DEFAULT_OPERATIONS;
  RUN(soak);
  return check_summary("async/soak");
}
