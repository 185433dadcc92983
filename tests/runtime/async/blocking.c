/* The contract of weir/blocking.h. The threads are real, but one runs at a time, up to its sleep,
 * and the test says which; time stands still and interrupts come when asked. */
#define _POSIX_C_SOURCE 200809L

#include "weir/blocking.h"

#include <pthread.h>

#include "check.h"
#include "fake_port.h"
#include "fixture.h"

#define FOR_EVER UINT32_MAX

/* A thread that blocks once. */
struct actor {
  pthread_t thread;
  size_t units;
  weir_ticks ticks;
  bool asleep, woken, over;
  const weir_ticks *deadline;
  unsigned wakes, sleeps;
  void *block;
};

static struct fixture at;
static struct weir_blocking blocking;
static struct actor actors[3];
static bool locked;

static pthread_mutex_t stage = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turned = PTHREAD_COND_INITIALIZER;
static struct actor *turn; /* NULL: the test's */
static _Thread_local struct actor *self;

static void give_turn(struct actor *to, struct actor *wait_for) {
  turn = to;
  pthread_cond_broadcast(&turned);
  while (turn != wait_for)
    pthread_cond_wait(&turned, &stage);
}

/* Whose it is, is known when it first sleeps; a wake before is for whoever runs. */
static struct actor *actor_of(const struct weir_port_thread *thread) {
  return thread->bell != NULL ? thread->bell : self;
}

void weir_port_thread_wake(void *thread) {
  struct actor *actor = actor_of(thread);
  actor->wakes++;
  actor->woken = true;
}

void weir_port_thread_sleep(struct weir_port_thread *thread, const weir_ticks *deadline) {
  thread->bell = self;
  CHECK(!locked);
  CHECK_EQUAL(fake_port.depth, 0);
  fake_port_moment();
  if (!self->woken) {
    self->sleeps++;
    self->deadline = deadline;
    self->asleep = true;
    give_turn(NULL, self);
    self->asleep = false;
  }
  self->woken = false;
}

static void take_lock(void *context) {
  CHECK(context == &locked);
  fake_port_moment();
  CHECK(!locked);
  locked = true;
}

static void give_lock(void *context) {
  CHECK(context == &locked);
  CHECK(locked);
  locked = false;
  fake_port_moment();
}

static void *act(void *context) {
  pthread_mutex_lock(&stage);
  self = context;
  while (turn != self)
    pthread_cond_wait(&turned, &stage);
  self->block = self->ticks == FOR_EVER
                    ? weir_blocking_alloc(&blocking, units(self->units))
                    : weir_blocking_alloc_within(&blocking, units(self->units), self->ticks);
  self->over = true;
  turn = NULL;
  pthread_cond_broadcast(&turned);
  pthread_mutex_unlock(&stage);
  return NULL;
}

/* Runs until it is over or sleeps. */
static void start(unsigned i, size_t count, weir_ticks ticks) {
  actors[i].units = count;
  actors[i].ticks = ticks;
  CHECK(pthread_create(&actors[i].thread, NULL, act, &actors[i]) == 0);
  give_turn(&actors[i], NULL);
}

static bool can_run(const struct actor *actor) {
  return actor->asleep && !actor->over &&
         (actor->woken ||
          (actor->deadline != NULL && weir_ticks_reached(fake_port.now, *actor->deadline)));
}

/* Runs whoever can, until all are over or sleep. */
static void settle(void) {
  for (unsigned i = 0; i < 3; i++) {
    struct actor *actor = &actors[i];
    if (!can_run(actor))
      continue;
    give_turn(actor, NULL);
    i = UINT32_MAX;
  }
}

static void setup(void) {
  pthread_mutex_lock(&stage);
  fake_port_reset();
  fixture_fill(&at);
  blocking = (struct weir_blocking){.lock = take_lock, .unlock = give_lock, .context = &locked};
  weir_blocking_share(&blocking, &at.heap);
  for (unsigned i = 0; i < 3; i++)
    actors[i] = (struct actor){0};
}

/* Everybody who was started must be over. */
static void end(void) {
  fake_port.countdown = 0;
  CHECK(!locked);
  CHECK(blocking.leader == NULL);
  for (unsigned i = 0; i < 3; i++) {
    if (actors[i].units == 0)
      continue;
    CHECK(actors[i].over);
    weir_heap_free(&at.heap, actors[i].block, units(actors[i].units));
  }
  fixture_end(&at);
  pthread_mutex_unlock(&stage);
  for (unsigned i = 0; i < 3; i++)
    if (actors[i].units != 0)
      pthread_join(actors[i].thread, NULL);
}

static void memory_that_is_there_does_not_sleep(void) {
  setup();
  fixture_free(&at, 0);
  start(0, 1, FOR_EVER);
  CHECK(actors[0].over);
  CHECK(actors[0].block != NULL);
  end();
}

static void what_can_never_be_does_not_sleep(void) {
  setup();
  start(0, 1000, FOR_EVER);
  CHECK(actors[0].over);
  CHECK(actors[0].block == NULL);
  CHECK_EQUAL(weir_heap_stats(&at.heap).refusals, 1);
  end();
}

static void a_free_ends_the_sleep(void) {
  setup();
  start(0, 1, FOR_EVER);
  CHECK(actors[0].asleep);
  settle();
  CHECK_EQUAL(actors[0].sleeps, 1);
  fixture_free(&at, 0);
  settle();
  CHECK(actors[0].over);
  CHECK(actors[0].block != NULL);
  end();
}

/* A free wakes the leader alone, and a grant whom it is for. */
static void one_is_woken_for_each_grant(void) {
  setup();
  for (unsigned i = 0; i < 3; i++)
    start(i, i == 0 ? 4 : 1, FOR_EVER);
  fixture_free(&at, 0);
  CHECK_EQUAL(actors[0].wakes, 1);
  settle();
  CHECK(!actors[0].over && actors[1].over && !actors[2].over);
  CHECK_EQUAL(actors[1].wakes, 1);
  CHECK_EQUAL(actors[2].wakes, 0);
  for (unsigned i = 1; i < 6; i++)
    fixture_free(&at, i);
  settle();
  CHECK(actors[0].over && actors[2].over);
  CHECK(actors[0].block != NULL && actors[2].block != NULL);
  end();
}

static void a_deadline_ends_the_sleep_with_nothing(void) {
  setup();
  start(0, 1, 50);
  fake_port.now = 1049;
  settle();
  CHECK(!actors[0].over);
  fake_port.now = 1050;
  settle();
  CHECK(actors[0].over);
  CHECK(actors[0].block == NULL);
  CHECK_EQUAL(weir_heap_stats(&at.heap).wait.timeouts, 1);
  end();
}

static void no_time_is_no_sleep(void) {
  setup();
  start(0, 1, 0);
  CHECK(actors[0].over);
  CHECK(actors[0].block == NULL);
  CHECK_EQUAL(actors[0].sleeps, 0);
  end();
}

static void a_time_beyond_the_clock_is_the_longest(void) {
  setup();
  start(0, 1, WEIR_TICKS_MAX + 5);
  CHECK(actors[0].asleep);
  CHECK_EQUAL(*actors[0].deadline, 1000 + WEIR_TICKS_MAX);
  fixture_free(&at, 0);
  settle();
  CHECK(actors[0].block != NULL);
  end();
}

static void memory_and_deadline_at_once_is_memory(void) {
  setup();
  start(0, 1, 50);
  fixture_free(&at, 0);
  fake_port.now = 1050;
  settle();
  CHECK(actors[0].block != NULL);
  CHECK_EQUAL(weir_heap_stats(&at.heap).wait.timeouts, 0);
  end();
}

/* Granted by the leader, and overslept: it is memory, and it is not lost. */
static void granted_before_it_noticed_its_deadline_is_memory(void) {
  setup();
  start(0, 4, FOR_EVER);
  start(1, 1, 50);
  fixture_free(&at, 0);
  give_turn(&actors[0], NULL);
  CHECK(actors[0].asleep && actors[1].asleep);
  fake_port.now = 1050;
  settle();
  CHECK(actors[1].block != NULL);
  for (unsigned i = 1; i < 5; i++)
    fixture_free(&at, i);
  settle();
  end();
}

static void when_the_leader_leaves_the_next_leads(void) {
  for (unsigned middle = 0; middle < 2; middle++) {
    setup();
    start(0, 1, 50);
    start(1, 1, middle != 0 ? 50 : FOR_EVER);
    start(2, 1, FOR_EVER);
    fake_port.now = 1050;
    settle();
    CHECK(actors[0].over);
    CHECK(actors[1].over == (middle != 0));
    fixture_free(&at, 0);
    settle();
    fixture_free(&at, 1);
    settle();
    CHECK((actors[1].block == NULL) == (middle != 0));
    CHECK(actors[2].block != NULL);
    end();
  }
}

static void one_in_the_middle_leaves(void) {
  setup();
  start(0, 1, FOR_EVER);
  start(1, 1, 50);
  start(2, 1, FOR_EVER);
  fake_port.now = 1050;
  settle();
  CHECK(actors[1].over);
  fixture_free(&at, 0);
  fixture_free(&at, 1);
  settle();
  CHECK(actors[0].block != NULL && actors[2].block != NULL);
  end();
}

/* Who holds the lock owns the heap as anybody does; what that drains is handed on. */
static void others_take_turns_under_the_lock(void) {
  setup();
  start(0, 1, FOR_EVER);
  fixture_free(&at, 0);
  take_lock(&locked);
  CHECK(weir_heap_try_alloc(&at.heap, units(1)) == NULL); // no barging
  weir_heap_drain(&at.heap, SIZE_MAX);
  give_lock(&locked);
  CHECK(actors[0].woken);
  settle();
  CHECK(actors[0].block != NULL);
  end();
}

static void free_from_interrupt(void *context) { fixture_free(&at, *(unsigned *)context); }

static unsigned freed_by_interrupt;

/* Block 0 is freed at the `moment`-th moment from now. */
static void free_at(unsigned moment) {
  freed_by_interrupt = 0;
  fake_port.interrupt = free_from_interrupt;
  fake_port.context = &freed_by_interrupt;
  fake_port.countdown = moment;
}

/* Whatever moment the free falls on, from the call to the sleep. */
static void a_free_at_any_moment_of_the_start_is_not_lost(void) {
  unsigned moment = 0;
  bool fell = true;
  while (fell) {
    setup();
    free_at(++moment);
    start(0, 1, FOR_EVER);
    fell = fake_port.countdown == 0;
    fake_port.countdown = 0;
    if (!fell)
      fixture_free(&at, 0);
    settle();
    CHECK(actors[0].over);
    CHECK(actors[0].block != NULL);
    end();
  }
  CHECK(moment > 6);
}

/* The leader gives up, or gets its block, and leaves; the free that falls on any moment of that is
 * the next one's. */
static void while_the_leader_leaves(bool granted) {
  unsigned moment = 0;
  bool fell = true;
  while (fell) {
    setup();
    start(0, 1, granted ? FOR_EVER : 50);
    start(1, 1, FOR_EVER);
    start(2, 1, FOR_EVER);
    if (granted)
      fixture_free(&at, 1);
    fake_port.now = 1050;
    free_at(++moment);
    give_turn(&actors[0], NULL);
    fell = fake_port.countdown == 0;
    fake_port.countdown = 0;
    if (!fell)
      fixture_free(&at, 0);
    settle();
    CHECK(actors[0].over);
    unsigned served = 0;
    for (unsigned i = 0; i < 3; i++)
      served += actors[i].block != NULL;
    CHECK_EQUAL(served, granted ? 2 : 1);
    fixture_free(&at, 2);
    fixture_free(&at, 3);
    settle();
    end();
  }
  CHECK(moment > 5);
}

static void a_free_while_the_leader_times_out_is_not_lost(void) { while_the_leader_leaves(false); }

static void a_free_while_the_leader_is_served_is_not_lost(void) { while_the_leader_leaves(true); }

int main(void) {
  RUN(memory_that_is_there_does_not_sleep);
  RUN(what_can_never_be_does_not_sleep);
  RUN(a_free_ends_the_sleep);
  RUN(one_is_woken_for_each_grant);
  RUN(a_deadline_ends_the_sleep_with_nothing);
  RUN(no_time_is_no_sleep);
  RUN(a_time_beyond_the_clock_is_the_longest);
  RUN(memory_and_deadline_at_once_is_memory);
  RUN(granted_before_it_noticed_its_deadline_is_memory);
  RUN(when_the_leader_leaves_the_next_leads);
  RUN(one_in_the_middle_leaves);
  RUN(others_take_turns_under_the_lock);
  RUN(a_free_at_any_moment_of_the_start_is_not_lost);
  RUN(a_free_while_the_leader_times_out_is_not_lost);
  RUN(a_free_while_the_leader_is_served_is_not_lost);
  return check_summary("async/blocking");
}
