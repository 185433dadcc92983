/* Tasks that wait, and threads that free: the real port, the real clock, real concurrency. For the
 * thread sanitizer, and for a wake-up that gets lost only when two cores meet. */
#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <time.h>

#include "check.h"
#include "weir/alloc.h"
#include "weir/event.h"
#include "weir/executor.h"

#define CLIENTS 6u
#define FREERS 2u
#define ROUNDS 2000u
#define MAILBOX 64u

/* Blocks on their way to a thread that frees them. */
struct freer {
  pthread_t thread;
  pthread_mutex_t lock;
  pthread_cond_t filled;
  struct parcel {
    void *block;
    struct weir_layout layout;
  } parcels[MAILBOX];
  unsigned count;
  bool closed;
};

struct client {
  struct weir_task task;
  struct weir_timed_alloc frame;
  unsigned number, round, granted, timed_out;
  struct weir_layout layout;
};

WEIR_HEAP_DEFINE(heap, 4096);
static struct weir_executor executor;
static struct weir_keeper keeper;
static struct freer freers[FREERS];
static struct client clients[CLIENTS];

static bool collect(struct freer *freer, struct parcel *parcel) {
  bool got;
  pthread_mutex_lock(&freer->lock);
  while (freer->count == 0 && !freer->closed)
    pthread_cond_wait(&freer->filled, &freer->lock);
  got = freer->count != 0;
  if (got)
    *parcel = freer->parcels[--freer->count];
  pthread_mutex_unlock(&freer->lock);
  return got;
}

static void *free_parcels(void *context) {
  struct parcel parcel;
  while (collect(context, &parcel))
    weir_heap_free(&heap, parcel.block, parcel.layout);
  return NULL;
}

static void post(struct freer *freer, void *block, struct weir_layout layout) {
  pthread_mutex_lock(&freer->lock);
  CHECK(freer->count < MAILBOX);
  freer->parcels[freer->count++] = (struct parcel){block, layout};
  pthread_cond_signal(&freer->filled);
  pthread_mutex_unlock(&freer->lock);
}

static void close_freer(struct freer *freer) {
  pthread_mutex_lock(&freer->lock);
  freer->closed = true;
  pthread_cond_signal(&freer->filled);
  pthread_mutex_unlock(&freer->lock);
  pthread_join(freer->thread, NULL);
}

/* Every seventh request has a deadline that is likely to come first. */
static weir_ticks patience(const struct client *self) { return self->round % 7 == 0 ? 0 : 10000; }

static enum weir_poll client_poll(struct weir_task *task) {
  struct client *self = WEIR_CONTAINER_OF(task, struct client, task);
  void *block;
  WEIR_TASK_BEGIN(task);
  for (; self->round < ROUNDS; self->round++) {
    self->layout = (struct weir_layout){200 * (1 + (self->number + self->round) % 4), 8};
    WEIR_AWAIT_ALLOC_WITHIN(task, &self->frame, &heap, self->layout, patience(self));
    block = weir_timed_alloc_take(&self->frame);
    if (block == NULL) {
      CHECK(patience(self) == 0); // else a wake-up was lost
      self->timed_out++;
      continue;
    }
    self->granted++;
    post(&freers[self->round % FREERS], block, self->layout);
  }
  WEIR_TASK_END(task);
}

static void threads_free_while_tasks_wait(void) {
  struct weir_heap_stats stats;
  unsigned granted = 0, timed_out = 0;
  CHECK(WEIR_HEAP_INIT(heap) == WEIR_OK);
  weir_executor_keep(&executor, &keeper, &heap);
  for (unsigned i = 0; i < FREERS; i++) {
    pthread_mutex_init(&freers[i].lock, NULL);
    pthread_cond_init(&freers[i].filled, NULL);
    CHECK(pthread_create(&freers[i].thread, NULL, free_parcels, &freers[i]) == 0);
  }
  for (unsigned i = 0; i < CLIENTS; i++) {
    clients[i].number = i;
    weir_executor_spawn(&executor, &clients[i].task, client_poll);
  }
  weir_executor_run(&executor);
  for (unsigned i = 0; i < FREERS; i++)
    close_freer(&freers[i]);
  weir_heap_drain(&heap, SIZE_MAX);
  for (unsigned i = 0; i < CLIENTS; i++) {
    granted += clients[i].granted;
    timed_out += clients[i].timed_out;
  }
  stats = weir_heap_stats(&heap);
  CHECK_EQUAL(granted + timed_out, CLIENTS * ROUNDS);
  CHECK_EQUAL(stats.wait.timeouts, timed_out);
  CHECK_EQUAL(stats.used, 0);
  CHECK_EQUAL(stats.wait.waiters, 0);
  CHECK(stats.wait.grants > 0);
  CHECK(weir_heap_check(&heap));
}

/* An executor in a thread of its own, asleep until its event is set. */
struct sleeper {
  pthread_t thread;
  struct weir_executor executor;
  struct weir_task task;
  struct weir_timer limit;
  struct weir_event event;
  enum weir_winner winner;
};

static enum weir_poll sleeper_poll(struct weir_task *task) {
  struct sleeper *self = WEIR_CONTAINER_OF(task, struct sleeper, task);
  WEIR_TASK_BEGIN(task);
  (void)weir_event_start(&self->event, &task->waker);
  weir_timer_start_after(&self->limit, weir_task_timers(task), 5000, &task->waker);
  WEIR_SELECT(task, self->winner, weir_timer_future(&self->limit), weir_event_future(&self->event));
  weir_event_drop(&self->event);
  WEIR_TASK_END(task);
}

static void *run_sleeper(void *context) {
  struct sleeper *self = context;
  weir_executor_spawn(&self->executor, &self->task, sleeper_poll);
  weir_executor_run(&self->executor);
  return NULL;
}

static void pause_for(long milliseconds) {
  nanosleep(&(struct timespec){.tv_nsec = milliseconds * 1000000}, NULL);
}

/* Two sleep; a wake reaches the one that it is for, whichever went to sleep first. */
static void a_wake_reaches_its_executor_among_several(void) {
  for (unsigned first_woken = 0; first_woken < 2; first_woken++) {
    struct sleeper sleepers[2] = {0};
    for (unsigned i = 0; i < 2; i++) {
      CHECK(pthread_create(&sleepers[i].thread, NULL, run_sleeper, &sleepers[i]) == 0);
      pause_for(100);
    }
    for (unsigned i = 0; i < 2; i++) {
      struct sleeper *sleeper = &sleepers[i ^ first_woken];
      weir_event_set(&sleeper->event);
      pthread_join(sleeper->thread, NULL);
      CHECK(sleeper->winner == WEIR_SECOND); // else only its deadline woke it
    }
  }
}

/* The deadline that is asleep with it stays armed: the stop itself ends the sleep. */
static void a_stop_ends_the_sleep_of_another_thread(void) {
  struct sleeper sleeper = {0};
  weir_ticks stopped;
  CHECK(pthread_create(&sleeper.thread, NULL, run_sleeper, &sleeper) == 0);
  pause_for(100);
  stopped = weir_port_now();
  weir_executor_stop(&sleeper.executor);
  pthread_join(sleeper.thread, NULL);
  CHECK(weir_port_now() - stopped < 3000);
  CHECK(sleeper.winner == WEIR_NEITHER);
}

int main(void) {
  RUN(a_wake_reaches_its_executor_among_several);
  RUN(a_stop_ends_the_sleep_of_another_thread);
  RUN(threads_free_while_tasks_wait);
  return check_summary("async/threads");
}
