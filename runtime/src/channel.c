/* What holds outside a critical section:
 *   somebody waits to send     only if the channel is full
 *   somebody waits to receive  only if every item is promised
 *   promised                   at most the number of items */
#include "weir/channel.h"

#include <stdint.h>

#include "line.h"
#include "weir/port.h"

static struct weir_send *send_of(struct weir_place *place) {
  return (struct weir_send *)(void *)((char *)place - offsetof(struct weir_send, place));
}

static struct weir_receive *receive_of(struct weir_place *place) {
  return (struct weir_receive *)(void *)((char *)place - offsetof(struct weir_receive, place));
}

/* ---- steps inside a critical section ---- */

static void promise(struct weir_channel *channel, struct weir_receive *receive) {
  channel->promised++;
  receive->promised = true;
}

/* Items that are nobody's go to those who wait for them. At most one more than before is. */
static void offer(struct weir_channel *channel) {
  if (channel->receivers.first == NULL || channel->items.length == channel->promised)
    return;
  promise(channel, receive_of(channel->receivers.first));
  weir_line_grant_first(&channel->receivers);
}

static bool put(struct weir_channel *channel, const void *value) {
  if (channel->closed || !weir_queue_push_back_within_capacity(&channel->items, value))
    return false;
  offer(channel);
  return true;
}

/* The first item out; the room is for the send that waits longest. */
static void get(struct weir_channel *channel, void *out) {
  struct weir_send *send;
  (void)weir_queue_pop_front(&channel->items, out);
  if (channel->senders.first == NULL)
    return;
  send = send_of(channel->senders.first);
  send->sent = put(channel, send->value);
  weir_line_grant_first(&channel->senders);
}

/* ---- the channel ---- */

struct weir_layout weir_channel_layout(const struct weir_type *type, size_t capacity) {
  struct weir_layout layout = {SIZE_MAX, type->layout.align};
  (void)weir_layout_array(type->layout, capacity, &layout);
  return layout;
}

bool weir_channel_init(struct weir_channel *channel, struct weir_heap *heap,
                       const struct weir_type *type, void *memory, size_t capacity) {
  *channel = (struct weir_channel){.items = {.heap = heap, .type = type, .items = memory}};
  channel->items.capacity = memory == NULL ? 0 : capacity;
  return channel->items.capacity != 0;
}

bool weir_channel_try_new(struct weir_channel *channel, struct weir_heap *heap,
                          const struct weir_type *type, size_t capacity) {
  void *memory = weir_heap_try_alloc(heap, weir_channel_layout(type, capacity));
  bool made = weir_channel_init(channel, heap, type, memory, capacity);
  if (!made)
    weir_channel_drop(channel);
  return made;
}

void weir_channel_drop(struct weir_channel *channel) { weir_queue_drop(&channel->items); }

void weir_channel_close(struct weir_channel *channel) {
  weir_port_mask before = weir_port_critical_enter();
  channel->closed = true;
  while (channel->senders.first != NULL)
    weir_line_grant_first(&channel->senders);
  while (channel->receivers.first != NULL)
    weir_line_grant_first(&channel->receivers);
  weir_port_critical_leave(before);
}

bool weir_channel_try_send(struct weir_channel *channel, const void *value) {
  weir_port_mask before = weir_port_critical_enter();
  bool sent = put(channel, value);
  weir_port_critical_leave(before);
  return sent;
}

bool weir_channel_try_receive(struct weir_channel *channel, void *out) {
  weir_port_mask before = weir_port_critical_enter();
  bool some = channel->items.length != channel->promised;
  if (some)
    get(channel, out);
  weir_port_critical_leave(before);
  return some;
}

size_t weir_channel_length(const struct weir_channel *channel) {
  weir_port_mask before = weir_port_critical_enter();
  size_t length = channel->items.length;
  weir_port_critical_leave(before);
  return length;
}

/* ---- a send ---- */

enum weir_poll weir_send_start(struct weir_send *send, struct weir_channel *channel,
                               const void *value, const struct weir_waker *waker) {
  weir_port_mask before;
  (void)weir_send_drop(send);
  send->channel = channel;
  send->value = value;
  before = weir_port_critical_enter();
  send->sent = put(channel, value);
  if (send->sent || channel->closed)
    send->place.state = WEIR_PLACE_GRANTED;
  else
    weir_line_join(&channel->senders, &send->place, waker);
  weir_port_critical_leave(before);
  return weir_send_poll(send);
}

static enum weir_poll poll_place(const struct weir_place *place) {
  weir_port_mask before = weir_port_critical_enter();
  unsigned char state = place->state;
  weir_port_critical_leave(before);
  return state == WEIR_PLACE_GRANTED ? WEIR_READY : WEIR_PENDING;
}

enum weir_poll weir_send_poll(struct weir_send *send) { return poll_place(&send->place); }

bool weir_send_take(struct weir_send *send) {
  if (weir_send_poll(send) == WEIR_PENDING)
    return false;
  return weir_send_drop(send);
}

bool weir_send_drop(struct weir_send *send) {
  weir_port_mask before = weir_port_critical_enter();
  if (send->place.state == WEIR_PLACE_WAITING)
    weir_line_leave(&send->channel->senders, &send->place);
  send->place.state = WEIR_PLACE_IDLE;
  weir_port_critical_leave(before);
  return send->sent;
}

static enum weir_poll poll_send(void *future) { return weir_send_poll(future); }

static void drop_send(void *future, enum weir_drop_reason reason) {
  (void)reason;
  (void)weir_send_drop(future);
}

struct weir_future weir_send_future(struct weir_send *send) {
  static const struct weir_future_kind kind = {poll_send, drop_send, WEIR_DROP_CANCELLED};
  return (struct weir_future){&kind, send};
}

/* ---- a receive ---- */

enum weir_poll weir_receive_start(struct weir_receive *receive, struct weir_channel *channel,
                                  const struct weir_waker *waker) {
  weir_port_mask before;
  weir_receive_drop(receive);
  receive->channel = channel;
  before = weir_port_critical_enter();
  if (channel->items.length != channel->promised)
    promise(channel, receive);
  if (receive->promised || channel->closed)
    receive->place.state = WEIR_PLACE_GRANTED;
  else
    weir_line_join(&channel->receivers, &receive->place, waker);
  weir_port_critical_leave(before);
  return weir_receive_poll(receive);
}

enum weir_poll weir_receive_poll(struct weir_receive *receive) {
  return poll_place(&receive->place);
}

bool weir_receive_take(struct weir_receive *receive, void *out) {
  weir_port_mask before = weir_port_critical_enter();
  bool some = receive->promised;
  if (some) {
    receive->promised = false;
    receive->place.state = WEIR_PLACE_IDLE;
    receive->channel->promised--;
    get(receive->channel, out);
  }
  weir_port_critical_leave(before);
  return some;
}

void weir_receive_drop(struct weir_receive *receive) {
  weir_port_mask before = weir_port_critical_enter();
  if (receive->place.state == WEIR_PLACE_WAITING)
    weir_line_leave(&receive->channel->receivers, &receive->place);
  receive->place.state = WEIR_PLACE_IDLE;
  if (receive->promised) {
    receive->promised = false;
    receive->channel->promised--;
    offer(receive->channel);
  }
  weir_port_critical_leave(before);
}

static enum weir_poll poll_receive(void *future) { return weir_receive_poll(future); }

static void drop_receive(void *future, enum weir_drop_reason reason) {
  (void)reason;
  weir_receive_drop(future);
}

struct weir_future weir_receive_future(struct weir_receive *receive) {
  static const struct weir_future_kind kind = {poll_receive, drop_receive, WEIR_DROP_CANCELLED};
  return (struct weir_future){&kind, receive};
}
