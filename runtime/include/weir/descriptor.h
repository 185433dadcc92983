/* A file descriptor that becomes ready: a future, on Linux, with port/epoll.c.
 *
 *   weir_descriptor_start(&self->input, fd, EPOLLIN, &task->waker);
 *   WEIR_AWAIT(task, weir_descriptor_poll(&self->input));
 *   weir_descriptor_take(&self->input);
 *   count = read(fd, buffer, sizeof buffer);
 *
 * A descriptor is looked at when the executor has nothing else to do; where tasks keep it busy, one
 * of them calls weir_descriptors_look. Each descriptor has one future at a time, for reading and
 * writing together: dup() makes two of it. One executor in the process; all functions are its
 * thread's only.
 */
#ifndef WEIR_DESCRIPTOR_H
#define WEIR_DESCRIPTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "weir/future.h"
#include "weir/waker.h"

/* The caller's, all zero at first; it must not move while it is awaited. */
struct weir_descriptor {
  const struct weir_waker *waker;
  uint32_t ready; /* what epoll said: EPOLLIN, EPOLLOUT, EPOLLHUP, ... */
  int watched;    /* the descriptor, and 1 added; 0 while none is */
};

/* Waits for `events`, those of epoll_ctl(2). Ready at once only where epoll cannot watch: a regular
 * file is ready for all of them, what is no open descriptor with EPOLLERR. */
enum weir_poll weir_descriptor_start(struct weir_descriptor *descriptor, int fd, uint32_t events,
                                     const struct weir_waker *waker);

enum weir_poll weir_descriptor_poll(const struct weir_descriptor *descriptor);

/* What it is ready for; 0 when it is not. It is idle again. */
uint32_t weir_descriptor_take(struct weir_descriptor *descriptor);

/* Stops waiting; before the descriptor is closed. */
void weir_descriptor_drop(struct weir_descriptor *descriptor);

struct weir_future weir_descriptor_future(struct weir_descriptor *descriptor);

/* Looks at all that are awaited and wakes who is ready, without waiting. */
void weir_descriptors_look(void);

#endif
