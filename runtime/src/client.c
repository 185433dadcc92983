#include "weir/client.h"

#include "block.h"

/*            within the quota           granted            taken
 *   IDLE ---------------------> ASKED ----------> READY ----------> IDLE
 *     |  over                     ^
 *     +---------> OVER -----------+  its turn, and within
 */
enum { IDLE, OVER, ASKED, READY };

/* What a block that some arena of the heap can hold occupies. */
static size_t bytes_of(size_t size) {
  return (size_t)weir_block_granules_small(size) * WEIR_HEAP_GRANULE;
}

void weir_client_join(struct weir_client *client, struct weir_clients *clients,
                      struct weir_heap *heap) {
  client->heap = heap;
  client->clients = clients;
  client->next = clients->first;
  clients->first = client;
}

static bool reserve(struct weir_client *client, size_t bytes) {
  weir_port_mask before = weir_port_critical_enter();
  bool within = bytes <= client->quota && client->reserved <= client->quota - bytes;
  if (within)
    client->reserved += bytes;
  weir_port_critical_leave(before);
  return within;
}

/* Any context. Whoever is first over the quota looks again. */
static void unreserve(struct weir_client *client, size_t bytes, size_t held) {
  weir_port_mask before = weir_port_critical_enter();
  client->reserved -= bytes;
  client->held -= held;
  if (client->over != NULL)
    weir_waker_wake(client->over->waker);
  weir_port_critical_leave(before);
}

/* When all that is in use is held by those who wait, nobody is left who could free. What was freed
 * already is not in use; what is being freed no client holds any more, so it raises no alarm. */
static void look_for_hold_and_wait(const struct weir_client *asking) {
  const struct weir_clients *clients = asking->clients;
  size_t used = 0;
  size_t held = 0;
  weir_heap_drain(asking->heap, SIZE_MAX);
  for (const struct weir_heap *at = asking->heap;; at = &at->more->heap) {
    used += (size_t)at->used * WEIR_HEAP_GRANULE;
    if (at->more == NULL)
      break;
  }
  weir_port_mask before = weir_port_critical_enter();
  for (const struct weir_client *client = clients->first; client != NULL; client = client->next)
    if (client->waiting != 0)
      held += client->held;
  weir_port_critical_leave(before);
  if (clients->stuck != NULL && held == used)
    clients->stuck(clients->context, clients);
}

/* At the end of those over the quota. */
static void queue_up(struct weir_client_alloc *alloc) {
  struct weir_client *client = alloc->client;
  weir_port_mask before = weir_port_critical_enter();
  struct weir_client_alloc *head = client->over;
  alloc->state = OVER;
  alloc->next = head == NULL ? alloc : head;
  alloc->previous = head == NULL ? alloc : head->previous;
  alloc->previous->next = alloc;
  alloc->next->previous = alloc;
  if (head == NULL)
    client->over = alloc;
  weir_port_critical_leave(before);
}

/* The next in line, if there is one, looks whether it is within the quota too. */
static void leave_queue(struct weir_client_alloc *alloc) {
  struct weir_client *client = alloc->client;
  weir_port_mask before = weir_port_critical_enter();
  alloc->previous->next = alloc->next;
  alloc->next->previous = alloc->previous;
  if (client->over == alloc)
    client->over = alloc->next == alloc ? NULL : alloc->next;
  if (client->over != NULL)
    weir_waker_wake(client->over->waker);
  weir_port_critical_leave(before);
}

static enum weir_poll settle(struct weir_client_alloc *alloc, enum weir_poll polled) {
  alloc->state = polled == WEIR_READY ? READY : ASKED;
  return polled;
}

static enum weir_poll ask(struct weir_client_alloc *alloc) {
  return settle(alloc,
                weir_alloc_start(&alloc->alloc, alloc->client->heap, alloc->layout, alloc->waker));
}

/* In line for the quota: on to the heap when it is its turn and there is room. */
static enum weir_poll ask_if_within(struct weir_client_alloc *alloc) {
  if (alloc->client->over != alloc || !reserve(alloc->client, alloc->bytes))
    return WEIR_PENDING;
  leave_queue(alloc);
  return ask(alloc);
}

/* What is freed before the request stands in line wakes nobody: so it stands there first, and then
 * looks whether it is within the quota. */
enum weir_poll weir_client_alloc_start(struct weir_client_alloc *alloc, struct weir_client *client,
                                       struct weir_layout layout, const struct weir_waker *waker) {
  weir_client_alloc_drop(alloc);
  alloc->client = client;
  alloc->waker = waker;
  alloc->layout = layout;
  alloc->bytes = weir_heap_could_hold(client->heap, layout) ? bytes_of(layout.size) : 0;
  if (alloc->bytes == 0 || alloc->bytes > client->quota) {
    client->heap->refusals++;
    alloc->bytes = 0;
    return settle(alloc, WEIR_READY);
  }
  queue_up(alloc);
  if (ask_if_within(alloc) == WEIR_READY)
    return WEIR_READY;
  client->waiting++;
  look_for_hold_and_wait(client);
  return WEIR_PENDING;
}

enum weir_poll weir_client_alloc_poll(struct weir_client_alloc *alloc) {
  enum weir_poll polled = WEIR_READY;
  if (alloc->state == IDLE)
    return WEIR_PENDING;
  if (alloc->state == OVER)
    polled = ask_if_within(alloc);
  else if (alloc->state == ASKED)
    polled = settle(alloc, weir_alloc_poll(&alloc->alloc));
  else
    return WEIR_READY;
  if (polled == WEIR_READY)
    alloc->client->waiting--;
  return polled;
}

void *weir_client_alloc_take(struct weir_client_alloc *alloc) {
  struct weir_client *client = alloc->client;
  if (weir_client_alloc_poll(alloc) == WEIR_PENDING)
    return NULL;
  alloc->state = IDLE;
  void *memory = alloc->bytes == 0 ? NULL : weir_alloc_take(&alloc->alloc);
  if (memory == NULL) {
    unreserve(client, alloc->bytes, 0);
    return NULL;
  }
  weir_port_mask before = weir_port_critical_enter();
  client->held += alloc->bytes;
  weir_port_critical_leave(before);
  return memory;
}

static void give_up(struct weir_client_alloc *alloc, enum weir_drop_reason reason) {
  unsigned char state = alloc->state;
  alloc->state = IDLE;
  if (state == IDLE)
    return;
  if (state != READY)
    alloc->client->waiting--;
  if (state == OVER) {
    leave_queue(alloc);
    return;
  }
  if (reason == WEIR_DROP_TIMED_OUT)
    weir_alloc_time_out(&alloc->alloc);
  else
    weir_alloc_drop(&alloc->alloc);
  unreserve(alloc->client, alloc->bytes, 0);
}

void weir_client_alloc_drop(struct weir_client_alloc *alloc) {
  give_up(alloc, WEIR_DROP_CANCELLED);
}

void weir_client_free(struct weir_client *client, void *pointer, struct weir_layout layout) {
  if (pointer == NULL)
    return;
  size_t bytes = bytes_of(layout.size);
  unreserve(client, bytes, bytes);
  weir_heap_free(client->heap, pointer, layout);
}

static enum weir_poll poll_future(void *future) { return weir_client_alloc_poll(future); }

static void drop_future(void *future, enum weir_drop_reason reason) { give_up(future, reason); }

struct weir_future weir_client_alloc_future(struct weir_client_alloc *alloc) {
  static const struct weir_future_kind kind = {poll_future, drop_future, WEIR_DROP_CANCELLED};
  return (struct weir_future){&kind, alloc};
}
