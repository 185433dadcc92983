/* What the ports for a hosted system share: the critical section, which is one process-wide lock,
 * and the clock. Included by exactly one source of a program. */
#ifndef WEIR_PORT_POSIX_LOCK_H
#define WEIR_PORT_POSIX_LOCK_H

#include "weir/port.h"

#include <pthread.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local weir_port_mask depth;

weir_port_mask weir_port_critical_enter(void) {
  if (depth == 0)
    pthread_mutex_lock(&lock);
  return depth++;
}

void weir_port_critical_leave(weir_port_mask before) {
  depth = before;
  if (depth == 0)
    pthread_mutex_unlock(&lock);
}

static struct timespec monotonic(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time;
}

weir_ticks weir_port_now(void) {
  struct timespec time = monotonic();
  return (weir_ticks)((uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000);
}

#endif
