/* A queue of fixed capacity between tasks, and from interrupts to tasks: a send awaits room, a
 * receive awaits an item.
 *
 *   WEIR_AWAIT_ALLOC(task, &self->memory, &heap, weir_channel_layout(&packet_type, 8));
 *   weir_channel_init(&packets, &heap, &packet_type, weir_alloc_take(&self->memory), 8);
 *
 *   weir_channel_try_send(&packets, &packet);                 // in an interrupt handler
 *
 *   weir_receive_start(&self->receive, &packets, &task->waker);
 *   WEIR_AWAIT(task, weir_receive_poll(&self->receive));
 *   if (weir_receive_take(&self->receive, &self->packet))     // false: closed, and empty
 *     ...
 *
 * Sends and receives that wait are served in order of arrival, and before they are woken: a send
 * that waits has its value moved into the room that a receive made, an item that comes is promised
 * to the receive that waits longest. Nobody gets past those who wait, and no wake is for nothing. A
 * receive that is dropped with an item promised to it loses none: the next in line has it.
 *
 *           | start             | poll                | take                 | drop
 *   --------+-------------------+---------------------+----------------------+------------------
 *   send    | sent if room      | ready once sent,    | whether it was sent  | out of the line;
 *           |                   | or closed           |                      | sent stays sent
 *   receive | an item promised, | ready once promised,| moves the item out;  | out of the line;
 *           | if there is one   | or closed           | false when closed    | the item stays
 *
 * The functions of a channel, its futures' take and drop included, run in the port's critical
 * section, for at most two copies of an element: keep elements small, a box or an arc if need be.
 */
#ifndef WEIR_CHANNEL_H
#define WEIR_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>

#include "weir/future.h"
#include "weir/line.h"
#include "weir/queue.h"

/* All members are the library's. It must not move while anybody waits. */
struct weir_channel {
  struct weir_queue items;
  size_t promised; /* of the items, to receives that were not taken yet */
  struct weir_line senders;
  struct weir_line receivers;
  bool closed;
};

/* The memory of a channel for `capacity` elements of a type. Pure, any context, O(1). */
struct weir_layout weir_channel_layout(const struct weir_type *type, size_t capacity);

/* Makes an empty channel in memory that was asked for with weir_channel_layout, and owns it from
 * here on. With `heap` NULL the memory is the caller's, and stays his. The type must outlive it.
 * False, and nobody can send, when `memory` is NULL or the capacity 0; memory that it was given
 * then goes back by its drop. Task only, O(1). */
bool weir_channel_init(struct weir_channel *channel, struct weir_heap *heap,
                       const struct weir_type *type, void *memory, size_t capacity);

/* The same with memory that is there now; or false, with nothing to drop. Task only, as
 * weir_heap_try_alloc. */
bool weir_channel_try_new(struct weir_channel *channel, struct weir_heap *heap,
                          const struct weir_type *type, size_t capacity);

/* Destroys the items and gives the memory back. Nobody may wait or have been promised an item. Task
 * only. O(items). */
void weir_channel_drop(struct weir_channel *channel);

/* No more sends: those that wait are ready, unsent; those who receive get what is there, and then
 * nothing. Any context, O(those who wait). */
void weir_channel_close(struct weir_channel *channel);

/* Copies `*value` into the channel. False, and the value is still the caller's, when it is full or
 * closed. ANY CONTEXT, O(size). */
bool weir_channel_try_send(struct weir_channel *channel, const void *value);

/* Moves the first item that is not promised to `*out`. False when there is none. ANY CONTEXT,
 * O(size). */
bool weir_channel_try_receive(struct weir_channel *channel, void *out);

/* How many items are in it, those that are promised included. Any context, O(1). */
size_t weir_channel_length(const struct weir_channel *channel);

/* ---- a send that waits: a future; the caller's, all zero at first ---- */

/* `sent` may be read until the next start, also after a drop or a lost select: whether the value is
 * the channel's. The rest is the library's. */
struct weir_send {
  struct weir_place place;
  struct weir_channel *channel;
  const void *value;
  bool sent;
};

/* Sends `*value`, which must stay as it is until this is ready or dropped. Task only, O(size). */
enum weir_poll weir_send_start(struct weir_send *send, struct weir_channel *channel,
                               const void *value, const struct weir_waker *waker);

/* Ready once it was sent or the channel closed. Task only, O(1). */
enum weir_poll weir_send_poll(struct weir_send *send);

/* Once ready, whether it was sent; if not, the channel is closed and the value still the caller's.
 * Task only, O(1). */
bool weir_send_take(struct weir_send *send);

/* Stops waiting. What was sent stays sent, and that can happen up to this moment: whether it did.
 * Task only, O(1). */
bool weir_send_drop(struct weir_send *send);

/* The send as a future, for weir_select and weir_join; after a lost select `sent` tells. Task only,
 * O(1). */
struct weir_future weir_send_future(struct weir_send *send);

/* ---- a receive that waits: a future; the caller's, all zero at first ---- */

/* All members are the library's. Not moved while it waits or is promised an item. */
struct weir_receive {
  struct weir_place place;
  struct weir_channel *channel;
  bool promised;
};

/* Asks for an item. Ready at once when there is one that nobody else was promised, or the channel
 * is closed. Task only, O(1). */
enum weir_poll weir_receive_start(struct weir_receive *receive, struct weir_channel *channel,
                                  const struct weir_waker *waker);

/* Ready once an item is promised, or the channel closed with no item left. Task only, O(1). */
enum weir_poll weir_receive_poll(struct weir_receive *receive);

/* Moves the promised item to `*out`; with several receivers, the oldest that is there. False when
 * there is none: pending, closed, or taken. Task only, O(size). */
bool weir_receive_take(struct weir_receive *receive, void *out);

/* Stops waiting; an item that was promised goes to the next in line. Task only, O(1). */
void weir_receive_drop(struct weir_receive *receive);

/* The receive as a future, for weir_select and weir_join. Task only, O(1). */
struct weir_future weir_receive_future(struct weir_receive *receive);

/* For a task of weir/task.h: start and await in one statement; then take. */
#define WEIR_AWAIT_SEND(task, send, channel, value)                                                \
  do {                                                                                             \
    (void)weir_send_start(send, channel, value, &(task)->waker);                                   \
    WEIR_AWAIT(task, weir_send_poll(send));                                                        \
  } while (0)

#define WEIR_AWAIT_RECEIVE(task, receive, channel)                                                 \
  do {                                                                                             \
    (void)weir_receive_start(receive, channel, &(task)->waker);                                    \
    WEIR_AWAIT(task, weir_receive_poll(receive));                                                  \
  } while (0)

#endif
