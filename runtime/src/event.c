#include "weir/event.h"

#include <stddef.h>

#include "weir/port.h"

void weir_event_set(struct weir_event *event) {
  weir_port_mask before = weir_port_critical_enter();
  event->set = true;
  if (event->waker != NULL)
    weir_waker_wake(event->waker);
  weir_port_critical_leave(before);
}

static void listen(struct weir_event *event, const struct weir_waker *waker) {
  weir_port_mask before = weir_port_critical_enter();
  event->waker = waker;
  weir_port_critical_leave(before);
}

enum weir_poll weir_event_start(struct weir_event *event, const struct weir_waker *waker) {
  listen(event, waker);
  return weir_event_poll(event);
}

enum weir_poll weir_event_poll(struct weir_event *event) {
  weir_port_mask before = weir_port_critical_enter();
  bool set = event->set;
  weir_port_critical_leave(before);
  return set ? WEIR_READY : WEIR_PENDING;
}

bool weir_event_take(struct weir_event *event) {
  weir_port_mask before = weir_port_critical_enter();
  bool set = event->set;
  event->set = false;
  weir_port_critical_leave(before);
  return set;
}

void weir_event_drop(struct weir_event *event) { listen(event, NULL); }

static enum weir_poll poll_future(void *future) { return weir_event_poll(future); }

static void drop_future(void *future, enum weir_drop_reason reason) {
  (void)reason; // nobody counts the events that were not needed
  weir_event_drop(future);
}

struct weir_future weir_event_future(struct weir_event *event) {
  static const struct weir_future_kind kind = {poll_future, drop_future, WEIR_DROP_CANCELLED};
  return (struct weir_future){&kind, event};
}
