/* The executor's ready queue and its sleep.
 *
 * Read off runtime/src/executor.c (append, weir_task_wake, next_ready, run_task, sleep_until_woken,
 * weir_executor_run) with weir_timers_expire and the deadline, and the ports' weir_port_idle. Two
 * ports: on one core (cortex_m.c, riscv.c) a context is an interrupt, which runs when interrupts are
 * not masked and which, pending, ends the sleep; with -DTHREADS (posix.c) it is another thread, the
 * critical section is a lock that sleeping gives up, and what ends the sleep is weir_port_wake.
 *
 * Held for TASKS tasks that are woken EVENTS times from outside, at any moment, one of which waits
 * for a timer besides:
 *   - whatever woke a task is seen by a later poll of it, and the timer expires: the executor never
 *     sleeps over something;
 *   - no task is on the queue twice, and none is lost from it.
 *
 * Faults, each of which must be found:
 * -DSLEEP_OUTSIDE   the critical section is left between the look and the sleep (one core)
 * -DNO_RERUN        a wake of the running task is dropped
 * -DUNMASKED        the queue is changed without the section
 * -DNO_ARM          the deadline is not armed
 * -DNO_PORT_WAKE    a wake does not call weir_port_wake (threads)
 * Two nets under one fall: either of these alone does no harm, both together must be found:
 * -DLOOK_OUTSIDE    the look at the queue comes before the section
 * -DNOT_STICKY      weir_port_idle forgets a wake that came before it */

#define TASKS 2
#define EVENTS 3
#define NIL TASKS

mtype = { WAITING, READY, RUNNING, RERUN };

mtype state[TASKS] = WAITING;
byte next[TASKS] = NIL;
byte first = NIL, last = NIL;
byte events[TASKS]; /* what happened */
byte seen[TASKS];   /* what polls have seen of it */
byte events_left = EVENTS;

bool masked;      /* interrupts, or the lock is held */
bool interrupt;   /* one is pending */
bool woken;       /* weir_port_wake was called */
bool due, armed, expired;
bool asleep;

#ifdef UNMASKED
#define enter_critical skip
#define leave_critical skip
#else
#define enter_critical atomic { !masked -> masked = true }
#define leave_critical masked = false
#endif

inline append(task) {
  atomic {
    assert(state[task] != READY);
    state[task] = READY;
    next[task] = NIL
  }
  if
  :: first == NIL -> first = task
  :: else -> next[last] = task
  fi;
  last = task
}

inline wake(task) {
  enter_critical;
  if
  :: state[task] == WAITING -> append(task)
#ifndef NO_RERUN
  :: state[task] == RUNNING -> state[task] = RERUN
#endif
  :: else
  fi;
  leave_critical;
#ifndef NO_PORT_WAKE
  woken = true
#endif
}

#ifdef THREADS

/* Another thread, at its own pace. */
active proctype outside() {
  do
  :: atomic { events_left > 0 -> events_left--; events[0]++ }
     wake(0)
  :: atomic { events_left > 0 -> events_left--; events[1]++ }
     wake(1)
  :: atomic { events_left == 0 -> break }
  od
}

/* A condition variable: waiting gives up the lock and takes it again. */
inline idle() {
#ifdef NOT_STICKY
  woken = false;
#endif
  if
  :: !woken && !(armed && due) ->
     atomic { masked = false; asleep = true }
end_asleep:
     atomic { (woken || (armed && due)) && !masked -> masked = true; asleep = false }
  :: else
  fi;
  woken = false
}

#else

/* The hardware raises the interrupt; it runs, in no time to those it interrupts, once it may. */
active proctype outside() {
  do
  :: atomic { events_left > 0 && !interrupt -> interrupt = true }
     atomic { !masked && !asleep ->
       interrupt = false;
       events_left--;
       if
       :: events[0]++; wake(0)
       :: events[1]++; wake(1)
       fi }
  :: events_left == 0 -> break
  od
}

/* WFI: ends when an interrupt is pending, masked or not. The deadline's is one too. */
inline idle() {
#ifdef NOT_STICKY
  woken = false;
#endif
  if
  :: !woken && !(armed && due) ->
     asleep = true;
end_asleep:
     atomic { interrupt || (armed && due) -> asleep = false }
  :: else
  fi;
  woken = false
}

#endif

active proctype clock() { due = true }

inline poll(task) {
  seen[task] = events[task];
  if
  :: task == 0 && !expired -> skip /* it goes on waiting for its timer */
  :: else
  fi
}

inline expire() {
  if
  :: due && !expired -> expired = true; wake(0)
  :: else
  fi
}

inline next_ready(task) {
  enter_critical;
  task = first;
  if
  :: task != NIL -> first = next[task]; state[task] = RUNNING
  :: else
  fi;
  leave_critical
}

inline run_task(task) {
  poll(task);
  enter_critical;
  if
  :: state[task] == RERUN -> append(task)
  :: else -> state[task] = WAITING
  fi;
  leave_critical
}

inline sleep_until_woken() {
#ifdef LOOK_OUTSIDE
  is_empty = first == NIL;
  enter_critical;
#else
  enter_critical;
  is_empty = first == NIL;
#endif
  if
  :: is_empty ->
#ifndef NO_ARM
     armed = !expired;
#endif
#ifdef SLEEP_OUTSIDE
     leave_critical;
     idle();
     enter_critical
#else
     idle()
#endif
  :: else
  fi;
  is_empty = false;
  leave_critical
}

active proctype executor() {
  byte task = NIL;
  bool is_empty;
  do
  :: expire();
     next_ready(task);
     if
     :: task != NIL -> run_task(task); task = NIL
     :: else -> sleep_until_woken()
     fi
  od
}

/* When nothing moves any more the executor sleeps, and must have seen everything. */
active proctype judge() {
  timeout;
  assert(seen[0] == events[0] && seen[1] == events[1]);
  assert(expired);
  assert(first == NIL && state[0] == WAITING && state[1] == WAITING)
}
