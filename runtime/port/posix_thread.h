/* Threads that block, for the ports of a hosted system: weir/blocking.h. Included after
 * posix_lock.h. */
#ifndef WEIR_PORT_POSIX_THREAD_H
#define WEIR_PORT_POSIX_THREAD_H

#include "posix_lock.h"

#include <stddef.h>

/* One for each thread; under the lock. */
struct posix_thread {
  pthread_cond_t *asleep; /* what it sleeps on */
  bool woken;
};

static _Thread_local struct posix_thread this_thread;

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

void *weir_port_thread_self(void) { return &this_thread; }

void weir_port_thread_sleep(const weir_ticks *deadline) {
  weir_port_mask before = weir_port_critical_enter();
  if (!this_thread.woken) {
    pthread_cond_t cond;
    monotonic_cond_init(&cond);
    this_thread.asleep = &cond;
    sleep_on(&cond, deadline);
    this_thread.asleep = NULL;
    pthread_cond_destroy(&cond);
  }
  this_thread.woken = false;
  weir_port_critical_leave(before);
}

void weir_port_thread_wake(void *thread) {
  struct posix_thread *its = thread;
  weir_port_mask before = weir_port_critical_enter();
  its->woken = true;
  if (its->asleep != NULL)
    pthread_cond_signal(its->asleep);
  weir_port_critical_leave(before);
}

#endif
