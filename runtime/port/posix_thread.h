/* Threads that block, for the ports of a hosted system: weir/blocking.h. Included after
 * posix_lock.h. */
#ifndef WEIR_PORT_POSIX_THREAD_H
#define WEIR_PORT_POSIX_THREAD_H

#include "posix_lock.h"

#include <stddef.h>

static struct timespec later_by(weir_ticks ticks) {
  struct timespec time = monotonic();
  time.tv_sec += ticks / 1000;
  time.tv_nsec += (long)(ticks % 1000) * 1000000;
  if (time.tv_nsec >= 1000000000) {
    time.tv_sec++;
    time.tv_nsec -= 1000000000;
  }
  return time;
}

static void monotonic_cond_init(pthread_cond_t *cond) {
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(cond, &attributes);
  pthread_condattr_destroy(&attributes);
}

/* Until woken or due; what ends it for no reason is looked at by the caller. */
static void sleep_on(pthread_cond_t *cond, const weir_ticks *deadline) {
  weir_ticks now = weir_port_now();
  if (deadline == NULL) {
    pthread_cond_wait(cond, &lock);
  } else if (!weir_ticks_reached(now, *deadline)) {
    struct timespec until = later_by(*deadline - now);
    pthread_cond_timedwait(cond, &lock, &until);
  }
}

void weir_port_thread_sleep(struct weir_port_thread *self, const weir_ticks *deadline) {
  weir_port_mask before = weir_port_critical_enter();
  if (!self->woken) {
    pthread_cond_t cond;
    monotonic_cond_init(&cond);
    self->bell = &cond;
    sleep_on(&cond, deadline);
    self->bell = NULL;
    pthread_cond_destroy(&cond);
  }
  self->woken = false;
  weir_port_critical_leave(before);
}

void weir_port_thread_wake(void *thread) {
  struct weir_port_thread *its = thread;
  weir_port_mask before = weir_port_critical_enter();
  its->woken = true;
  if (its->bell != NULL)
    pthread_cond_signal(its->bell);
  weir_port_critical_leave(before);
}

#endif
