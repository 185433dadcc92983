#include "explore_kind.h"

#include <string.h>

#include "check.h"
#include "weir/task.h"

/* Of weir_client_alloc, see src/client.c. */
enum { CLIENT_IDLE, CLIENT_OVER, CLIENT_ASKED, CLIENT_READY };

static bool is_group(unsigned i) { return scenario->second[i] != 0; }
static bool is_of_client(void) { return scenario->quota != 0; }

bool kind_is_pending(unsigned i) {
  unsigned char state = world.requests[i].of_client.state;
  if (!is_of_client())
    return world_state(i) == WEIR_WAITER_WAITING;
  return state == CLIENT_OVER || (state == CLIENT_ASKED && world_state(i) == WEIR_WAITER_WAITING);
}

bool kind_is_ready(unsigned i) {
  unsigned char state = world.requests[i].of_client.state;
  if (!is_of_client())
    return world_state(i) == WEIR_WAITER_GRANTED;
  return state == CLIENT_READY || (state == CLIENT_ASKED && world_state(i) == WEIR_WAITER_GRANTED);
}

enum weir_poll kind_start(unsigned i) {
  struct request *request = &world.requests[i];
  struct weir_layout layout = world_layout(i);
  if (is_of_client())
    return weir_client_alloc_start(&request->of_client, &world.client, layout, &request->waker);
  if (is_group(i)) {
    request->parts[0] = (struct weir_part){layout, NULL};
    request->parts[1] = (struct weir_part){{scenario->second[i], 8}, NULL};
    return weir_group_start(&request->group, &world.heap, request->parts, 2, &request->waker);
  }
  if (scenario->timed)
    return weir_timed_alloc_start(&request->future, &world.heap, layout, &world.timers, 10 + i,
                                  &request->waker);
  return weir_alloc_start(&request->future.alloc, &world.heap, layout, &request->waker);
}

enum weir_poll kind_poll(unsigned i) {
  struct request *request = &world.requests[i];
  if (is_of_client())
    return weir_client_alloc_poll(&request->of_client);
  return is_group(i) ? weir_group_poll(&request->group) : weir_timed_alloc_poll(&request->future);
}

void *kind_take(unsigned i) {
  struct request *request = &world.requests[i];
  if (is_of_client())
    return weir_client_alloc_take(&request->of_client);
  if (!is_group(i))
    return weir_timed_alloc_take(&request->future);
  return weir_group_take(&request->group) ? request->parts[0].memory : NULL;
}

void kind_drop(unsigned i) {
  struct request *request = &world.requests[i];
  if (is_of_client())
    weir_client_alloc_drop(&request->of_client);
  else if (is_group(i))
    weir_group_drop(&request->group);
  else
    weir_timed_alloc_drop(&request->future);
}

static void give_back_part(struct weir_part *part) {
  void *memory = part->memory;
  part->memory = NULL;
  memset(memory, 0x5a, part->layout.size);
  weir_heap_free(&world.heap, memory, part->layout);
}

void kind_give_back(unsigned i) {
  struct request *request = &world.requests[i];
  struct weir_part only = {world_layout(i), request->memory};
  request->memory = NULL;
  if (is_of_client()) {
    memset(only.memory, 0x5a, only.layout.size);
    weir_client_free(&world.client, only.memory, only.layout);
  } else if (is_group(i)) {
    give_back_part(&request->parts[0]);
    give_back_part(&request->parts[1]);
  } else {
    give_back_part(&only);
  }
}

/* Whoever is first over the quota is so, or was told to look again; and nobody came before. */
static void check_line(const struct weir_client *client, size_t reserved) {
  for (unsigned i = 0; i < scenario->requests; i++) {
    const struct request *request = &world.requests[i];
    if (client->over == &request->of_client) {
      CHECK(world_is_over(i));
      CHECK(reserved + scenario->size[i] > client->quota || request->woken);
    } else if (world_is_over(i)) {
      CHECK(client->over != NULL);
      CHECK(WEIR_CONTAINER_OF(client->over, struct request, of_client)->arrival < request->arrival);
    }
  }
}

/* What a client has reserved and holds is what its requests have and took. */
static void check_client(const struct weir_client *client) {
  size_t reserved = 0, held = 0;
  unsigned waiting = 0;
  for (unsigned i = 0; i < scenario->requests; i++) {
    unsigned char state = world.requests[i].of_client.state;
    bool took = world.requests[i].memory != NULL;
    waiting += state == CLIENT_OVER || state == CLIENT_ASKED;
    held += took ? scenario->size[i] : 0;
    reserved += took || state == CLIENT_ASKED || state == CLIENT_READY ? scenario->size[i] : 0;
  }
  CHECK_EQUAL(client->waiting, waiting);
  CHECK_EQUAL(client->held, held);
  CHECK_EQUAL(client->reserved, reserved);
  CHECK(reserved <= client->quota);
  check_line(client, reserved);
}

void kind_check(void) {
  if (is_of_client())
    check_client(&world.client);
}
