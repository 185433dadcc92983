/* The port for Linux that sleeps in epoll: file descriptors are awaited like everything else. A
 * critical section is one process-wide lock; other threads may free, send and wake, a signal
 * handler may do nothing of that. One executor in the process.
 *
 * Sources: epoll(7), eventfd(2). */
#define _GNU_SOURCE

#include "one_deadline.h"
#include "posix_thread.h"

#include "weir/descriptor.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define EVENTS_MAX 32

/* Under the lock. */
static int set = -1;  /* of epoll */
static int bell = -1; /* an eventfd in it: what ends a sleep from another thread */
static bool sleeping;
static bool woken;

static void start(void) {
  struct epoll_event event = {.events = EPOLLIN};
  set = epoll_create1(EPOLL_CLOEXEC);
  bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (set < 0 || bell < 0 || epoll_ctl(set, EPOLL_CTL_ADD, bell, &event) != 0)
    abort(); /* no descriptors or no memory are left: there is no executor without */
}

static int set_of(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, start);
  return set;
}

static void silence_bell(void) {
  uint64_t rings;
  (void)!read(bell, &rings, sizeof rings);
}

static void note(struct weir_descriptor *descriptor, uint32_t events) {
  descriptor->ready = events;
  weir_waker_wake(descriptor->waker);
}

/* Outside the lock while it waits. */
static void wait_for(int milliseconds) {
  struct epoll_event events[EVENTS_MAX];
  weir_port_mask inside = depth;
  int count;
  sleeping = milliseconds != 0;
  weir_port_critical_leave(0);
  count = epoll_wait(set_of(), events, EVENTS_MAX, milliseconds);
  for (int i = 0; i < count; i++)
    if (events[i].data.ptr == NULL)
      silence_bell();
  (void)weir_port_critical_enter();
  depth = inside;
  sleeping = false;
  for (int i = 0; i < count; i++)
    if (events[i].data.ptr != NULL)
      note(events[i].data.ptr, events[i].events);
}

/* -1 is for ever. */
static int time_left(void) {
  weir_ticks now = weir_port_now();
  if (woken)
    return 0;
  if (!armed)
    return -1;
  if (weir_ticks_reached(now, armed_deadline))
    return 0;
  return armed_deadline - now > INT_MAX ? INT_MAX : (int)(armed_deadline - now);
}

void weir_port_idle(void) {
  wait_for(time_left());
  woken = false;
}

void weir_port_wake(void) {
  const uint64_t once = 1;
  weir_port_mask before = weir_port_critical_enter();
  if (sleeping && !woken)
    (void)!write(bell, &once, sizeof once);
  woken = true;
  weir_port_critical_leave(before);
}

/* ---- descriptors ---- */

void weir_descriptors_look(void) {
  weir_port_mask before = weir_port_critical_enter();
  wait_for(0);
  weir_port_critical_leave(before);
}

enum weir_poll weir_descriptor_start(struct weir_descriptor *descriptor, int fd, uint32_t events,
                                     const struct weir_waker *waker) {
  struct epoll_event event = {.events = events | EPOLLONESHOT, .data.ptr = descriptor};
  weir_descriptor_drop(descriptor);
  descriptor->waker = waker;
  if (epoll_ctl(set_of(), EPOLL_CTL_ADD, fd, &event) != 0)
    descriptor->ready = errno == EPERM ? events : (uint32_t)EPOLLERR;
  else
    descriptor->watched = fd + 1;
  return weir_descriptor_poll(descriptor);
}

enum weir_poll weir_descriptor_poll(const struct weir_descriptor *descriptor) {
  return descriptor->ready != 0 ? WEIR_READY : WEIR_PENDING;
}

uint32_t weir_descriptor_take(struct weir_descriptor *descriptor) {
  uint32_t ready = descriptor->ready;
  if (ready != 0)
    weir_descriptor_drop(descriptor);
  return ready;
}

void weir_descriptor_drop(struct weir_descriptor *descriptor) {
  if (descriptor->watched != 0)
    (void)epoll_ctl(set_of(), EPOLL_CTL_DEL, descriptor->watched - 1, NULL);
  descriptor->watched = 0;
  descriptor->ready = 0;
}

static enum weir_poll poll_future(void *future) { return weir_descriptor_poll(future); }

static void drop_future(void *future, enum weir_drop_reason reason) {
  (void)reason;
  weir_descriptor_drop(future);
}

struct weir_future weir_descriptor_future(struct weir_descriptor *descriptor) {
  static const struct weir_future_kind kind = {poll_future, drop_future, WEIR_DROP_CANCELLED};
  return (struct weir_future){&kind, descriptor};
}
