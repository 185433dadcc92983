/* Every order of events of small scenarios, on the real code.
 *
 * A world is a heap, a few requests and a few blocks that an interrupt will free. An action is one
 * step of one of them: start, poll, take, drop or free of a request, the expiry of a timer, the
 * free of a block, a step of the keeper that a free has notified. Each step of the owner is also
 * run with each free as an interrupt at each moment in its middle (fake_port.h, explore_trace.h).
 * The search is depth first over all actions that are possible in a world, and goes on only from
 * worlds that it has not seen. What must hold is checked after each action; what is asked of the
 * policy is computed afresh from the order of arrival, not with the library's tickets and classes.
 */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "core.h"
#include "explore.h"
#include "explore_kind.h"

#define DEPTH_MAX 64u
#define SEEN_SLOTS (1u << 22)
#define MOMENTS_MAX 16u

_Static_assert(sizeof(struct world) % sizeof(uint64_t) == 0, "all of it is hashed");

static uint64_t seen[SEEN_SLOTS];
static unsigned states, steps;

/* One wake for the grant; with a timer, one more may come for that. */
static void check_wakes(unsigned i) {
  const struct request *request = &world.requests[i];
  bool granted = world_state(i) == WEIR_WAITER_GRANTED;
  if (granted && request->waited)
    CHECK(request->wakes >= 1);
  if (!scenario->timed && scenario->quota == 0)
    CHECK(request->wakes <= (world_state(i) != WEIR_WAITER_WAITING));
}

/* The oldest of those who wait, and how many there are. */
static unsigned count_waiters(const struct request **oldest) {
  unsigned waiting = 0;
  *oldest = NULL;
  for (unsigned i = 0; i < scenario->requests; i++) {
    const struct request *request = &world.requests[i];
    if (world_state(i) != WEIR_WAITER_WAITING)
      continue;
    waiting++;
    if (*oldest == NULL || request->arrival < (*oldest)->arrival)
      *oldest = request;
    if (scenario->bypass == WEIR_BYPASS_UNLIMITED && !world.notified)
      CHECK(!world_fits(i));
  }
  return waiting;
}

static void check_world(void) {
  const struct request *oldest;
  unsigned waiting = count_waiters(&oldest);
  CHECK(weir_heap_check(&world.heap));
  for (unsigned i = 0; i < scenario->requests; i++)
    check_wakes(i);
  kind_check();
  CHECK_EQUAL(world.queue.counters.waiters, waiting);
  CHECK_EQUAL(atomic_load(&world.heap.waiting), waiting != 0);
  if (waiting == 0 || world.notified)
    return;
  // Nobody is going to look any more: then there is nothing to be found.
  CHECK(!world_fits((unsigned)(oldest - world.requests)));
  CHECK_EQUAL(weir_heap_stats(&world.heap).pending_free, 0);
}

static void check_end(void) {
  struct weir_heap_stats stats;
  world_end();
  stats = weir_heap_stats(&world.heap);
  CHECK_EQUAL(stats.used, 0);
  CHECK_EQUAL(stats.largest_free, stats.capacity);
  CHECK(world.timers.first == NULL);
  CHECK_EQUAL(world.client.reserved + world.client.held + world.client.waiting, 0);
}

static uint64_t hash_world(const struct world *which) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  for (size_t at = 0; at + sizeof hash <= sizeof *which; at += sizeof hash) {
    uint64_t word;
    memcpy(&word, (const unsigned char *)which + at, sizeof word);
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    hash ^= hash >> 29;
  }
  return hash | 1;
}

/* What cannot make a difference is left out: statistics, the time of day, and the height of the
 * clock. */
static uint64_t fingerprint(void) {
  static struct world copy;
  memcpy(&copy, &world, sizeof copy);
  memset(&copy.queue.counters, 0, sizeof copy.queue.counters);
  copy.heap.peak = copy.heap.refusals = 0;
  copy.queue.clock = copy.now = copy.arrivals = 0;
  for (unsigned i = 0; i < scenario->requests; i++) {
    struct request *request = &copy.requests[i];
    request->future.timer.deadline -= world.now;
    request->future.alloc.waiter.since = 0;
    request->future.alloc.waiter.ticket -= world.queue.clock;
    request->arrival -= world.arrivals;
    if (world_is_over(i) || world_state(i) == WEIR_WAITER_WAITING)
      continue;
    request->arrival = request->wakes = request->polls = 0;
    request->overtaken = 0;
    request->future.alloc.waiter.ticket = 0;
    request->future.alloc.waiter.previous = NULL;
    if (world_state(i) != WEIR_WAITER_GRANTED)
      request->future.alloc.waiter.next = NULL;
  }
  return hash_world(&copy);
}

static bool is_new(void) {
  uint64_t hash = fingerprint();
  unsigned slot = (unsigned)(hash >> 32) & (SEEN_SLOTS - 1);
  while (seen[slot] != 0 && seen[slot] != hash)
    slot = (slot + 1) & (SEEN_SLOTS - 1);
  if (seen[slot] == hash)
    return false;
  seen[slot] = hash;
  CHECK(++states < SEEN_SLOTS / 2);
  return true;
}

/* The actions in a fixed order; false after the last. */
static bool advance(struct action *action) {
  if (action->moment != 0 && ++action->interrupter < INTERRUPTERS)
    return true;
  action->interrupter = 0;
  if (++action->moment <= MOMENTS_MAX)
    return true;
  action->moment = 0;
  if (++action->who < REQUESTS)
    return true;
  action->who = 0;
  return ++action->verb < VERBS;
}

/* A world on the path, and what is to be tried in it next. */
struct place {
  struct world world;
  struct action next;
  bool exhausted;
  bool dead_end;
};

static struct place path[DEPTH_MAX];
static unsigned depth;

static void arrive(void) {
  struct place *place = &path[depth++];
  CHECK(depth < DEPTH_MAX);
  memcpy(&place->world, &world, sizeof world);
  place->next = (struct action){START, 0, 0, 0};
  place->exhausted = false;
  place->dead_end = true;
}

static void restore(void) { memcpy(&world, &path[depth - 1].world, sizeof world); }

/* Nor are there interrupts at later moments of this action. */
static void skip_later_moments(struct action *action) {
  action->moment = MOMENTS_MAX;
  action->interrupter = INTERRUPTERS - 1;
}

/* Tries one action in the world at the end of the path, which is the present one unless something
 * was done since. */
static void try_next(struct place *place) {
  struct action action = place->next;
  if (world_can(action)) {
    if (world_do(action)) {
      steps++;
      place->dead_end = false;
      check_world();
      if (is_new())
        arrive();
    } else {
      skip_later_moments(&place->next);
    }
    restore();
  } else if (action.moment == 0) {
    skip_later_moments(&place->next);
  }
  place->exhausted = !advance(&place->next);
}

void explore(const struct scenario *which) {
  scenario = which;
  memset(seen, 0, sizeof seen);
  states = steps = depth = 0;
  world_set_up();
  arrive();
  while (depth > 0) {
    struct place *place = &path[depth - 1];
    if (!place->exhausted) {
      try_next(place);
      continue;
    }
    if (place->dead_end)
      check_end();
    if (--depth > 0)
      restore();
  }
  printf("%s: %u worlds, %u steps\n", scenario->name, states, steps);
}
