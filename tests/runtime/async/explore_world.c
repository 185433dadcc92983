#include "explore_world.h"

#include <string.h>

#include "check.h"
#include "core.h"
#include "explore_kind.h"
#include "fake_port.h"

struct world world;
const struct scenario *scenario;

struct weir_layout world_layout(unsigned i) { return (struct weir_layout){scenario->size[i], 8}; }

enum weir_waiter_state world_state(unsigned i) {
  return (enum weir_waiter_state)world.requests[i].future.alloc.waiter.state;
}

bool world_is_over(unsigned i) {
  return scenario->quota != 0 && kind_is_pending(i) && world_state(i) != WEIR_WAITER_WAITING &&
         world_state(i) != WEIR_WAITER_GRANTED;
}

static bool take_all_of(unsigned i) {
  struct weir_layout second = {scenario->second[i], 8};
  if (weir_core_take(&world.heap, world_layout(i)) == NULL)
    return false;
  return second.size == 0 || weir_core_take(&world.heap, second) != NULL;
}

bool world_fits(unsigned i) {
  static struct world saved;
  memcpy(&saved, &world, sizeof saved);
  bool taken = take_all_of(i);
  memcpy(&world, &saved, sizeof saved);
  return taken;
}

static size_t occupied(unsigned i) {
  size_t size = scenario->size[i] + scenario->second[i];
  return size < WEIR_HEAP_BLOCK_MIN ? WEIR_HEAP_BLOCK_MIN : size;
}

/* A grant overtakes all who came before and still wait. */
static void count_overtaken(const struct request *granted) {
  for (unsigned i = 0; i < scenario->requests; i++) {
    struct request *older = &world.requests[i];
    if (world_state(i) != WEIR_WAITER_WAITING || older->arrival > granted->arrival)
      continue;
    older->overtaken += occupied((unsigned)(granted - world.requests));
    if (scenario->bypass != WEIR_BYPASS_UNLIMITED)
      CHECK(older->overtaken <= scenario->bypass);
  }
}

/* A wake is a grant or an expired timer. */
static void wake(void *context) {
  struct request *request = context;
  request->wakes++;
  request->woken = true;
  if (world_state((unsigned)(request - world.requests)) == WEIR_WAITER_GRANTED)
    count_overtaken(request);
}

static void notify(void *context) { *(bool *)context = true; }

void world_set_up(void) {
  fake_port_reset();
  world = (struct world){.now = fake_port.now};
  CHECK(weir_heap_init(&world.heap, world.arena, sizeof world.arena) == WEIR_OK);
  weir_heap_let_wait(&world.heap, &world.queue, notify, &world.notified);
  weir_heap_set_bypass(&world.heap, scenario->bypass);
  world.blocks[0] = weir_heap_try_alloc(&world.heap, (struct weir_layout){UNIT, 8});
  world.blocks[1] = weir_heap_try_alloc(&world.heap, (struct weir_layout){UNIT, 8});
  world.plug_size[0] = 16;
  world.plugs[0] = weir_heap_try_alloc(&world.heap, (struct weir_layout){16, 8});
  world.blocks[2] = weir_heap_try_alloc(&world.heap, (struct weir_layout){UNIT, 8});
  world.plug_size[1] = weir_heap_stats(&world.heap).largest_free;
  world.plugs[1] = weir_heap_try_alloc(&world.heap, (struct weir_layout){world.plug_size[1], 8});
  CHECK(world.blocks[2] != NULL && world.plugs[1] != NULL);
  world.client.quota = scenario->quota;
  weir_client_join(&world.client, &world.clients, &world.heap);
  for (unsigned i = 0; i < REQUESTS; i++)
    world.requests[i].waker = (struct weir_waker){wake, &world.requests[i]};
}

/* Blocks are overwritten before they are freed, so that worlds do not differ by what was in them.
 */
static void free_block(void *memory, size_t size) {
  memset(memory, 0x5a, size);
  weir_heap_free(&world.heap, memory, (struct weir_layout){size, 8});
}

static bool can_free(unsigned block) {
  return block >= scenario->blocks_kept && world.blocks[block] != NULL;
}

/* Whether there is something for the interrupt of an action to free. */
static bool can_interrupt(struct action action) {
  if (action.verb == FREE)
    return false; /* is an interrupt */
  if (action.interrupter < BLOCKS)
    return can_free(action.interrupter);
  unsigned who = action.interrupter - BLOCKS;
  return scenario->given_back_anywhere && world.requests[who].memory != NULL &&
         (action.verb != GIVE_BACK || action.who != who);
}

bool world_can(struct action action) {
  const struct request *request = &world.requests[action.who];
  if (action.moment != 0 && !can_interrupt(action))
    return false;
  if (action.verb <= GIVE_BACK && action.who >= scenario->requests)
    return false;
  switch (action.verb) {
  case START:
    return request->lives < scenario->lives && request->memory == NULL &&
           !kind_is_pending(action.who) && !kind_is_ready(action.who);
  case POLL:
    return kind_is_pending(action.who) && (request->polls == 0 || request->woken);
  case TAKE:
    return kind_is_ready(action.who);
  case DROP:
    return kind_is_pending(action.who) || kind_is_ready(action.who);
  case GIVE_BACK:
    return request->memory != NULL;
  case EXPIRE:
    return action.who == 0 && world.timers.first != NULL;
  case FREE:
    return can_free(action.who);
  case KEEP:
    return action.who == 0 && world.notified;
  default:
    return false;
  }
}

/* Puts a request that has just come into the heap's line behind all others there. */
static void note_arrival(struct request *request) {
  request->arrival = world.arrivals++;
  request->overtaken = 0;
}

static void start(struct request *request, unsigned who) {
  request->lives++;
  request->wakes = request->polls = 0;
  request->woken = false;
  note_arrival(request);
  enum weir_poll polled = kind_start(who);
  request->waited = polled == WEIR_PENDING;
  if (polled == WEIR_READY && request->wakes == 0)
    count_overtaken(request); // served on arrival
}

static void check_nobody_over_before(unsigned arrival) {
  for (unsigned i = 0; i < scenario->requests; i++)
    CHECK(!world_is_over(i) || world.requests[i].arrival > arrival);
}

static void poll(struct request *request, unsigned who) {
  bool over = world_is_over(who);
  unsigned arrival = request->arrival;
  request->polls++;
  request->woken = false;
  if (over)
    note_arrival(request);
  enum weir_poll polled = kind_poll(who);
  if (world_is_over(who))
    request->arrival = arrival; // it did not come
  else if (over)
    check_nobody_over_before(arrival);
  CHECK((polled == WEIR_PENDING) == kind_is_pending(who));
  if (over && polled == WEIR_READY && !request->woken)
    count_overtaken(request); // served as it comes
}

static void keep(void) {
  world.notified = false;
  if (weir_heap_drain(&world.heap, 1) == 1)
    world.notified = true;
}

static void free_of_nobody(unsigned block) {
  void *memory = world.blocks[block];
  world.blocks[block] = NULL;
  free_block(memory, UNIT);
}

static void act(struct action action) {
  struct request *request = &world.requests[action.who];
  switch (action.verb) {
  case START:
    start(request, action.who);
    break;
  case POLL:
    poll(request, action.who);
    break;
  case TAKE:
    request->memory = kind_take(action.who);
    CHECK(request->memory != NULL);
    break;
  case DROP:
    kind_drop(action.who);
    break;
  case GIVE_BACK:
    kind_give_back(action.who);
    break;
  case EXPIRE:
    fake_port.now = world.timers.first->deadline;
    weir_timers_expire(&world.timers, fake_port.now);
    break;
  case FREE:
    free_of_nobody(action.who);
    break;
  default:
    keep();
    break;
  }
}

static void interrupt(void *context) {
  const struct action *action = context;
  if (action->interrupter < BLOCKS)
    free_of_nobody(action->interrupter);
  else
    kind_give_back(action->interrupter - BLOCKS);
}

/* False when the interrupt's moment lies beyond the end of the action. */
bool world_do(struct action action) {
  fake_port.now = world.now;
  fake_port.interrupt = interrupt;
  fake_port.context = &action;
  fake_port.countdown = action.moment;
  act(action);
  world.now = fake_port.now;
  if (fake_port.countdown == 0)
    return true;
  fake_port.countdown = 0;
  return false;
}

void world_end(void) {
  for (unsigned i = 0; i < scenario->blocks_kept; i++)
    free_of_nobody(i);
  for (unsigned i = 0; i < 2; i++)
    free_block(world.plugs[i], world.plug_size[i]);
  weir_heap_drain(&world.heap, SIZE_MAX);
}
