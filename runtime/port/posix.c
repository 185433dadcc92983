/* The port for POSIX threads: a critical section is one process-wide lock, sleep is a condition
 * variable. "Any context" is any thread here; a signal handler may call none of it. */
#define _POSIX_C_SOURCE 200809L

#include "posix_lock.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_cond_t woken_or_due;

/* Under the lock. */
static bool woken;
static bool armed;
static weir_ticks armed_deadline;

static void start(void) {
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&woken_or_due, &attributes);
  pthread_condattr_destroy(&attributes);
}

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

void weir_port_idle(void) {
  weir_ticks now = weir_port_now();
  pthread_once(&once, start);
  if (!woken && !armed)
    pthread_cond_wait(&woken_or_due, &lock);
  else if (!woken && !weir_ticks_reached(now, armed_deadline)) {
    struct timespec until = later_by(armed_deadline - now);
    pthread_cond_timedwait(&woken_or_due, &lock, &until);
  }
  woken = false;
}

/* All of them: several executors may sleep, each in its thread, and which of them it is for is not
 * known here. */
void weir_port_wake(void) {
  weir_port_mask before = weir_port_critical_enter();
  pthread_once(&once, start);
  woken = true;
  pthread_cond_broadcast(&woken_or_due);
  weir_port_critical_leave(before);
}

void weir_port_deadline_arm(weir_ticks deadline) {
  weir_port_mask before = weir_port_critical_enter();
  armed = true;
  armed_deadline = deadline;
  weir_port_critical_leave(before);
}

void weir_port_deadline_disarm(void) {
  weir_port_mask before = weir_port_critical_enter();
  armed = false;
  weir_port_critical_leave(before);
}
