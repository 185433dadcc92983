/* Something happened: set from any context, awaited by one task.
 *
 *                      | clear                        | set
 *   -------------------+------------------------------+--------------------------
 *    set (any context) | set; wakes who has started   | stays set
 *    poll              | pending                      | ready
 *    take              | false                        | true; clear
 *    drop              | clear, nobody is woken       | set, nobody is woken
 *
 * An event remembers that it was set, not how often. The usual two ends: an interrupt sets it and a
 * task awaits it; or a task that waits for memory selects against it, so that another can call the
 * wait off:
 *
 *   weir_alloc_start(&self->frame, &heap, layout, &task->waker);
 *   weir_event_start(&self->stop, &task->waker);
 *   WEIR_SELECT(task, winner, weir_alloc_future(&self->frame), weir_event_future(&self->stop));
 */
#ifndef WEIR_EVENT_H
#define WEIR_EVENT_H

#include <stdbool.h>

#include "weir/future.h"
#include "weir/waker.h"

/* The caller's, all zero is clear. Members are read and written inside the port's critical section
 * only. */
struct weir_event {
  const struct weir_waker *waker;
  bool set;
};

/* Sets it, and wakes who waits. Any context, O(1). The event must outlive whatever interrupt may
 * set it. */
void weir_event_set(struct weir_event *event);

/* Names who is woken from now on, at each set, until the event is dropped or started again; one at
 * a time. A take does not end it: who stops listening drops the event before the waker goes, also
 * when it won a select. Ready if it is set already. Task only, O(1). */
enum weir_poll weir_event_start(struct weir_event *event, const struct weir_waker *waker);

/* Ready while it is set. Any context, O(1). */
enum weir_poll weir_event_poll(struct weir_event *event);

/* Clears it; true if it was set. Any context, O(1). */
bool weir_event_take(struct weir_event *event);

/* Nobody waits any more; what it remembers stays. Task only, O(1). */
void weir_event_drop(struct weir_event *event);

/* The event as a future, for weir_select and weir_join. */
struct weir_future weir_event_future(struct weir_event *event);

#endif
