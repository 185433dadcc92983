/* Many tasks in little memory: what a waiting policy costs and whom it keeps waiting.
 *
 *   sim <policy> <seed> <hold-times>
 *
 * Prints one line, a JSON object. The policy is the bypass number B, or "unlimited", or "wake-all":
 * what kernels do that wake every waiter after each free and let everyone try again. All of them
 * run on the real heap, executor, timers and tasks, in simulated time. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"
#include "weir/alloc.h"
#include "weir/executor.h"

struct user {
  struct weir_task task;
  struct weir_timer timer;
  struct weir_alloc alloc;
  struct weir_waker waker; /* counts, then wakes the task */
  struct load load;
  struct weir_layout layout;
  void *memory;
  weir_ticks asked;
};

struct waits {
  weir_ticks *all;
  size_t count, room;
};

static struct weir_executor executor;
static struct weir_keeper keeper;
WEIR_HEAP_DEFINE(heap, LOAD_ARENA_BYTES);
static struct user users[LOAD_TASKS];
static struct waits small_waits, large_waits;
static uint64_t wakes;

/* Who is refused by wake-all, in order of refusal. */
static bool wake_all;
static struct user *refused[LOAD_TASKS];
static size_t refused_count;

static void wake_user(void *context) {
  struct user *user = context;
  wakes++;
  weir_task_wake(&user->task);
}

static void note(struct waits *waits, weir_ticks ticks) {
  if (waits->count == waits->room) {
    waits->room = waits->room * 2 + 1024;
    waits->all = realloc(waits->all, waits->room * sizeof *waits->all);
    if (waits->all == NULL)
      abort();
  }
  waits->all[waits->count++] = ticks;
}

static enum weir_poll request(struct user *user) {
  if (!wake_all)
    return weir_alloc_start(&user->alloc, &heap, user->layout, &user->waker);
  user->memory = NULL;
  return WEIR_PENDING;
}

static enum weir_poll obtain(struct user *user) {
  if (!wake_all) {
    if (weir_alloc_poll(&user->alloc) == WEIR_PENDING)
      return WEIR_PENDING;
    user->memory = weir_alloc_take(&user->alloc);
    return WEIR_READY;
  }
  user->memory = weir_heap_try_alloc(&heap, user->layout);
  if (user->memory != NULL)
    return WEIR_READY;
  refused[refused_count++] = user;
  return WEIR_PENDING;
}

static void release(struct user *user) {
  weir_heap_free(&heap, user->memory, user->layout);
  for (size_t i = 0; i < refused_count; i++)
    wake_user(refused[i]);
  refused_count = 0;
}

static enum weir_poll use_memory(struct weir_task *task) {
  struct user *user = WEIR_CONTAINER_OF(task, struct user, task);
  WEIR_TASK_BEGIN(task);
  for (;;) {
    user->layout = (struct weir_layout){load_size(&user->load), 1};
    weir_timer_start_after(&user->timer, &executor.timers,
                           load_ticks(&user->load, LOAD_THINK_TICKS), &task->waker);
    WEIR_AWAIT(task, weir_timer_poll(&user->timer));
    user->asked = weir_port_now();
    (void)request(user);
    WEIR_AWAIT(task, obtain(user));
    note(user->layout.size < LOAD_LARGE_MIN ? &small_waits : &large_waits,
         weir_port_now() - user->asked);
    weir_timer_start_after(&user->timer, &executor.timers, load_ticks(&user->load, LOAD_HOLD_TICKS),
                           &task->waker);
    WEIR_AWAIT(task, weir_timer_poll(&user->timer));
    release(user);
  }
  WEIR_TASK_END(task);
}

static void stop(void *context) { weir_executor_stop(context); }

static void run(uint64_t seed, unsigned hold_times) {
  struct weir_waker at_end = {stop, &executor};
  struct weir_timer end = {0};
  for (unsigned i = 0; i < LOAD_TASKS; i++) {
    users[i].load = load_of(seed, i);
    users[i].waker = (struct weir_waker){wake_user, &users[i]};
    weir_executor_spawn(&executor, &users[i].task, use_memory);
  }
  weir_timer_start_after(&end, &executor.timers, (weir_ticks)(hold_times * LOAD_HOLD_TICKS),
                         &at_end);
  weir_executor_run(&executor);
}

static void choose_policy(const char *policy) {
  wake_all = strcmp(policy, "wake-all") == 0;
  if (strcmp(policy, "unlimited") == 0)
    weir_heap_set_bypass(&heap, WEIR_BYPASS_UNLIMITED);
  else if (!wake_all)
    weir_heap_set_bypass(&heap,
                         (uint32_t)(strtoul(policy, NULL, 10) * weir_heap_stats(&heap).capacity));
}

static int compare(const void *left, const void *right) {
  weir_ticks one = *(const weir_ticks *)left, other = *(const weir_ticks *)right;
  return (one > other) - (one < other);
}

/* Whoever still waits at the end has waited at least that long. */
static void note_unfinished(void) {
  for (unsigned i = 0; i < LOAD_TASKS; i++) {
    bool is_waiting = users[i].alloc.waiter.state == WEIR_WAITER_WAITING;
    for (size_t j = 0; j < refused_count; j++)
      is_waiting |= refused[j] == &users[i];
    if (is_waiting)
      note(users[i].layout.size < LOAD_LARGE_MIN ? &small_waits : &large_waits,
           weir_port_now() - users[i].asked);
  }
}

static void print_waits(const char *name, struct waits *waits) {
  double sum = 0;
  qsort(waits->all, waits->count, sizeof *waits->all, compare);
  for (size_t i = 0; i < waits->count; i++)
    sum += waits->all[i];
  printf(", \"%s\": {\"mean\": %.4f, \"p99\": %.4f, \"max\": %.4f}", name,
         sum / (double)waits->count / LOAD_HOLD_TICKS,
         waits->all[waits->count - 1 - waits->count / 100] / LOAD_HOLD_TICKS,
         waits->all[waits->count - 1] / LOAD_HOLD_TICKS);
}

int main(int argc, char **argv) {
  if (argc != 4 || WEIR_HEAP_INIT(heap) != WEIR_OK) {
    fputs("usage: sim <B | unlimited | wake-all> <seed> <hold-times>\n", stderr);
    return 2;
  }
  weir_executor_keep(&executor, &keeper, &heap);
  choose_policy(argv[1]);
  run(strtoull(argv[2], NULL, 10), (unsigned)strtoul(argv[3], NULL, 10));
  size_t grants = small_waits.count + large_waits.count;
  note_unfinished();
  printf("{\"grants\": %zu, \"wakes\": %" PRIu64, grants, wakes);
  print_waits("small", &small_waits);
  print_waits("large", &large_waits);
  puts("}");
  return weir_heap_check(&heap) ? 0 : 1;
}
