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
 * file is ready for all of them, what is no open descriptor with EPOLLERR. A system call, O(1). */
enum weir_poll weir_descriptor_start(struct weir_descriptor *descriptor, int fd, uint32_t events,
                                     const struct weir_waker *waker);

/* Ready once epoll said so. O(1), no system call. */
enum weir_poll weir_descriptor_poll(const struct weir_descriptor *descriptor);

/* What it is ready for, and it is idle again; 0 when it is not ready, and it waits on. A system
 * call, O(1). */
uint32_t weir_descriptor_take(struct weir_descriptor *descriptor);

/* Stops waiting, in any state; before the descriptor is closed. A system call, O(1). */
void weir_descriptor_drop(struct weir_descriptor *descriptor);

/* The descriptor as a future, for weir_select and weir_join. O(1). */
struct weir_future weir_descriptor_future(struct weir_descriptor *descriptor);

/* Looks at all that are awaited and wakes who is ready, without waiting. A system call, O(those
 * that are ready), 32 at most. */
void weir_descriptors_look(void);

#endif
