/* The port for POSIX threads: a critical section is one process-wide lock, sleep is a condition
 * variable. "Any context" is any thread here; a signal handler may call none of it. */
#define _POSIX_C_SOURCE 200809L

#include "one_deadline.h"
#include "posix_thread.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_cond_t woken_or_due;

/* Under the lock. */
static bool woken;

static void start(void) { monotonic_cond_init(&woken_or_due); }

void weir_port_idle(void) {
  pthread_once(&once, start);
  if (!woken)
    sleep_on(&woken_or_due, armed ? &armed_deadline : NULL);
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
