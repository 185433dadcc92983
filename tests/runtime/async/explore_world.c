#include "explore_world.h"

#include <string.h>

#include "check.h"
#include "fake_port.h"

struct world world;
const struct scenario *scenario;

struct weir_layout world_layout(unsigned i) { return (struct weir_layout){scenario->size[i], 8}; }

enum weir_waiter_state world_state(unsigned i) {
  return (enum weir_waiter_state)world.requests[i].future.alloc.waiter.state;
}

static size_t occupied(unsigned i) {
  return scenario->size[i] < WEIR_HEAP_BLOCK_MIN ? WEIR_HEAP_BLOCK_MIN : scenario->size[i];
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
  for (unsigned i = 0; i < REQUESTS; i++)
    world.requests[i].waker = (struct weir_waker){wake, &world.requests[i]};
}

/* Blocks are overwritten before they are freed, so that worlds do not differ by what was in them.
 */
static void free_block(void *memory, size_t size) {
  memset(memory, 0x5a, size);
  weir_heap_free(&world.heap, memory, (struct weir_layout){size, 8});
}

bool world_can(struct action action) {
  const struct request *request = &world.requests[action.who];
  if (action.moment != 0 && (action.verb == FREE || world.blocks[action.interrupter] == NULL))
    return false;
  if (action.verb <= GIVE_BACK && action.who >= scenario->requests)
    return false;
  switch (action.verb) {
  case START:
    return request->lives < scenario->lives && request->memory == NULL &&
           (world_state(action.who) == WEIR_WAITER_IDLE ||
            world_state(action.who) == WEIR_WAITER_TAKEN);
  case POLL:
    return world_state(action.who) == WEIR_WAITER_WAITING &&
           (request->polls == 0 || request->wakes > 0);
  case TAKE:
    return world_state(action.who) == WEIR_WAITER_GRANTED;
  case DROP:
    return world_state(action.who) == WEIR_WAITER_WAITING ||
           world_state(action.who) == WEIR_WAITER_GRANTED;
  case GIVE_BACK:
    return request->memory != NULL;
  case EXPIRE:
    return action.who == 0 && world.timers.first != NULL;
  case FREE:
    return world.blocks[action.who] != NULL;
  case KEEP:
    return action.who == 0 && world.notified;
  default:
    return false;
  }
}

static void start(struct request *request, unsigned who) {
  enum weir_poll polled;
  request->lives++;
  request->arrival = world.arrivals++;
  request->wakes = request->polls = 0;
  request->overtaken = 0;
  if (scenario->timed)
    polled = weir_timed_alloc_start(&request->future, &world.heap, world_layout(who), &world.timers,
                                    10 + who, &request->waker);
  else
    polled =
        weir_alloc_start(&request->future.alloc, &world.heap, world_layout(who), &request->waker);
  request->waited = polled == WEIR_PENDING;
  if (polled == WEIR_READY && request->wakes == 0)
    count_overtaken(request); // served on arrival
}

static void poll(struct request *request, unsigned who) {
  enum weir_poll polled;
  request->polls++;
  polled = weir_timed_alloc_poll(&request->future);
  CHECK((polled == WEIR_PENDING) == (world_state(who) == WEIR_WAITER_WAITING));
}

static void keep(void) {
  world.notified = false;
  if (weir_heap_drain(&world.heap, 1) == 1)
    world.notified = true;
}

static void act(struct action action) {
  struct request *request = &world.requests[action.who];
  void *memory;
  switch (action.verb) {
  case START:
    start(request, action.who);
    break;
  case POLL:
    poll(request, action.who);
    break;
  case TAKE:
    request->memory = weir_timed_alloc_take(&request->future);
    CHECK(request->memory != NULL);
    break;
  case DROP:
    weir_timed_alloc_drop(&request->future);
    break;
  case GIVE_BACK:
    memory = request->memory;
    request->memory = NULL;
    free_block(memory, scenario->size[action.who]);
    break;
  case EXPIRE:
    fake_port.now = world.timers.first->deadline;
    weir_timers_expire(&world.timers, fake_port.now);
    break;
  case FREE:
    memory = world.blocks[action.who];
    world.blocks[action.who] = NULL;
    free_block(memory, UNIT);
    break;
  default:
    keep();
    break;
  }
}

static void interrupt(void *context) {
  const struct action *action = context;
  void *memory = world.blocks[action->interrupter];
  world.blocks[action->interrupter] = NULL;
  free_block(memory, UNIT);
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
  for (unsigned i = 0; i < 2; i++)
    free_block(world.plugs[i], world.plug_size[i]);
  weir_heap_drain(&world.heap, SIZE_MAX);
}
