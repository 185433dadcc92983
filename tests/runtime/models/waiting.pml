/* Waiting for memory: start, drain again, grant, cancel, time out, notify.
 *
 * Read off runtime/src/alloc.c (weir_alloc_start, weir_alloc_poll, weir_alloc_take, give_up),
 * waiters.c (weir_waiters_enqueue, weir_waiters_remove, weir_waiters_serve, next_of, may_pass,
 * grant), heap.c (weir_heap_free, weir_heap_drain) and executor.c (keep). The owner's steps
 * are cut where another context can see them: at the list of freed blocks, at `waiting` and at the
 * keeper's wake. Memory is a number of units without places: whether a request fits is a question of
 * fragmentation, whether it is told is the question here. Left out is that an aged waiter lets fewer
 * pass: that only makes the bound harder to reach.
 *
 * Held in every interleaving of the owner, who starts, polls, drops and times out as it likes, and
 * two contexts that free blocks, or keep them for ever:
 *   - no lost wake-up: when all is quiet, nobody waits whom the policy would serve, and while
 *     anybody waits nothing lies undrained;
 *   - no leak: the units free, held and on their way are always all there are;
 *   - exact hand-off: who is woken has his memory;
 *   - the bound: no more than BYPASS units are ever served past a waiter.
 *
 * Faults, each of which must be found:
 * -DNO_REDRAIN   a request is called pending without a drain after it was queued
 * -DFLAG_LATE    the store to `waiting` comes after that drain: a relaxed store, or the wrong order
 * -DLOOK_FIRST   a free looks at `waiting` before its push: the same on the other side
 * -DKEEPER_ONCE  the keeper drains a few blocks and does not come back for the rest
 * -DCLEAR_LATE   the keeper's wake is noted as served after the drain instead of before
 * -DLEAK         a grant that is dropped does not give its block back
 * -DNO_SERVE     a request that is given up does not serve the next in line
 * -DFORGET       taking one request off the queue says that nobody waits
 * -DBARGE        a new request takes what fits without a look at the queue
 * -DFREE_RIDE    a grant does not make those who wait older
 * -DWAKE_FIRST   a waiter is woken before it has the memory */

#define WAITERS 3
#define UNITS 2
#define STARTS 5
#define GIVE_UPS 1
#ifndef BYPASS
#define BYPASS 1
#endif
#define NOBODY WAITERS
#define TOLL 4 /* what a unit counts in ages; a request to come counts 1 */
#define LIMIT (BYPASS * TOLL + TOLL - 1)

/* Waiter 0 asks for all there is, the others for one unit each. */
#define size_of(w) (w == 0 -> 2 : 1)

mtype = { IDLE, WAITING, GRANTED, TAKEN };            /* enum weir_waiter_state */
mtype = { NOWHERE, HELD, LIVE, FREED, PENDING, BACKLOG }; /* where a waiter's block is */

mtype state[WAITERS] = IDLE;
mtype place[WAITERS] = NOWHERE;
byte ticket_of[WAITERS];
bool woken[WAITERS];

byte free_units = UNITS;
byte clock; /* of struct weir_wait_queue */
bool waiting, notified;
byte starts_left = STARTS, give_ups_left = GIVE_UPS;

/* Ghosts. */
byte arrival[WAITERS], arrivals;
byte overtaken[WAITERS]; /* units served past a waiter since it waits */

#define is_waiting(w) (state[w] == WAITING)
#define anybody_waits (is_waiting(0) || is_waiting(1) || is_waiting(2))
#define undrained(w) (place[w] == PENDING || place[w] == BACKLOG)

#define units_of(w) (place[w] != NOWHERE -> size_of(w) : 0)
#define all_units (free_units + units_of(0) + units_of(1) + units_of(2))

/* ---- runtime/src/waiters.c: the owner's alone, so a step of it may be one step here ---- */

inline note_overtaking(by, other) {
  if
  :: is_waiting(other) && arrival[other] < arrival[by] ->
     overtaken[other] = overtaken[other] + size_of(by);
     assert(overtaken[other] <= BYPASS)
  :: else
  fi
}

inline take_off_queue(w) {
  state[w] = IDLE;
  ticket_of[w] = 0;
#ifdef FORGET
  waiting = false
#else
  waiting = anybody_waits
#endif
}

inline wake(w) {
  assert(place[w] == HELD);
  woken[w] = true
}

inline grant(w) {
#ifdef WAKE_FIRST
  wake(w);
#endif
  note_overtaking(w, 0);
  note_overtaking(w, 1);
  note_overtaking(w, 2);
  take_off_queue(w);
#ifndef FREE_RIDE
  clock = clock + size_of(w) * TOLL;
#endif
  free_units = free_units - size_of(w);
  place[w] = HELD;
  state[w] = GRANTED;
  arrival[w] = 0;
  overtaken[w] = 0;
#ifndef WAKE_FIRST
  wake(w)
#endif
}

#define precedes(w, other) (other == NOBODY || ticket_of[w] < ticket_of[other])
#define may_pass(w) (w == oldest || clock - ticket_of[oldest] + size_of(w) * TOLL <= LIMIT)

inline consider(w, best) {
  if
  :: is_waiting(w) && precedes(w, best) -> best = w
  :: else
  fi
}

#define suits(w) (is_waiting(w) && may_pass(w) && size_of(w) <= free_units)

/* One turn of weir_waiters_serve: the larger class first, of a class its head. `granted` says
 * whether there was somebody to serve. */
inline serve_one() {
  consider(0, oldest);
  consider(1, oldest);
  consider(2, oldest);
  consider(1, head);
  consider(2, head);
  if
  :: oldest != NOBODY && suits(0) -> grant(0); granted = true
  :: oldest != NOBODY && !suits(0) && head != NOBODY && suits(head) -> grant(head); granted = true
  :: else -> granted = false
  fi;
  oldest = NOBODY;
  head = NOBODY
}

inline serve() {
  atomic {
    do
    :: serve_one();
       if
       :: !granted -> break
       :: else -> granted = false
       fi
    od
  }
}

/* ---- heap.c ---- */

inline take_pending(w) {
  if
  :: place[w] == PENDING -> place[w] = BACKLOG
  :: else
  fi
}

/* weir_deferred_pop and what becomes of the block; `drained` says whether there was one. */
inline drain_one() {
  atomic {
    if
    :: place[0] != BACKLOG && place[1] != BACKLOG && place[2] != BACKLOG ->
       take_pending(0);
       take_pending(1);
       take_pending(2)
    :: else
    fi;
    drained = true;
    if
    :: place[0] == BACKLOG -> place[0] = NOWHERE; free_units = free_units + size_of(0)
    :: place[1] == BACKLOG -> place[1] = NOWHERE; free_units = free_units + size_of(1)
    :: place[2] == BACKLOG -> place[2] = NOWHERE; free_units = free_units + size_of(2)
    :: else -> drained = false
    fi
  }
}

inline serve_if_waiting() {
  if
  :: waiting -> serve()
  :: else
  fi
}

inline drain_step() {
  drain_one();
  serve_if_waiting()
}

inline drain_all() {
  do
  :: drain_one();
     if
     :: !drained -> break
     :: else
     fi
  od;
  serve_if_waiting()
}

inline claim(block) {
  atomic {
    place[block] == LIVE ->
    place[block] = FREED;
    w = block
  }
}

/* weir_heap_free */
inline free_it() {
#ifdef LOOK_FIRST
  looked = waiting;
  place[w] = PENDING;
#else
  place[w] = PENDING;
  looked = waiting;
#endif
  atomic {
    if
    :: looked -> notified = true
    :: else
    fi;
    looked = false;
    w = 0
  }
}

proctype freer() {
  byte w;
  bool looked;
  do
  :: claim(0); free_it()
  :: claim(1); free_it()
  :: claim(2); free_it()
  :: break /* and keep what is live for ever */
  od
}

/* ---- alloc.c ---- */

inline enqueue(w) {
  atomic {
    state[w] = WAITING;
    clock++;
    ticket_of[w] = clock;
    arrivals++;
    arrival[w] = arrivals;
  }
#ifndef FLAG_LATE
  waiting = true
#endif
}

#ifdef BARGE
#define may_take_at_once true
#else
#define may_take_at_once (!anybody_waits)
#endif

inline take_at_once(w) {
  free_units = free_units - size_of(w);
  place[w] = HELD;
  state[w] = GRANTED;
  woken[w] = true; /* it runs on */
  arrivals++;
  arrival[w] = arrivals;
  note_overtaking(w, 0);
  note_overtaking(w, 1);
  note_overtaking(w, 2);
  arrival[w] = 0
}

inline start(w) {
  atomic { starts_left > 0 && place[w] == NOWHERE && (state[w] == IDLE || state[w] == TAKEN) ->
    starts_left--;
    state[w] = IDLE }
  drain_step();
  if
  :: atomic { may_take_at_once && size_of(w) <= free_units -> take_at_once(w) }
  :: else ->
     enqueue(w);
#ifndef NO_REDRAIN
     drain_all()
#endif
#ifdef FLAG_LATE
     waiting = anybody_waits
#endif
  fi
}

/* A task that was woken polls, is ready, and takes. */
inline run_woken(w) {
  atomic { woken[w] && state[w] == GRANTED ->
    woken[w] = false;
    state[w] = TAKEN;
    place[w] = LIVE }
}

/* give_up: by drop, or by a time-out that found it still waiting. */
inline give_up(w) {
  atomic { give_ups_left > 0 && (state[w] == WAITING || state[w] == GRANTED) ->
    give_ups_left--;
    if
    :: state[w] == WAITING -> take_off_queue(w)
    :: state[w] == GRANTED ->
       state[w] = IDLE;
#ifdef LEAK
       place[w] = NOWHERE
#else
       place[w] = NOWHERE;
       free_units = free_units + size_of(w)
#endif
    fi;
    arrival[w] = 0;
    overtaken[w] = 0;
    woken[w] = false }
#ifndef NO_SERVE
  if
  :: anybody_waits -> serve()
  :: else
  fi
#endif
}

/* weir_timed_alloc_poll when the time is up: looks once more, then gives up. */
inline time_out(w) {
  atomic { give_ups_left > 0 && state[w] == WAITING }
  drain_all();
  if
  :: state[w] == WAITING -> give_up(w)
  :: else
  fi
}

/* ---- executor.c ---- */

/* A task that is running counts a wake as one more to come, so its note is cleared first. */
inline keep() {
#ifdef CLEAR_LATE
  notified;
#else
  atomic { notified -> notified = false }
#endif
  drain_step();
#ifdef CLEAR_LATE
  notified = false;
#endif
#ifndef KEEPER_ONCE
  notified = notified || drained
#endif
}

inline check_quiet() {
  atomic {
    assert(!anybody_waits || !(undrained(0) || undrained(1) || undrained(2)));
    assert(waiting == anybody_waits);
    serve_one();
    assert(!granted)
  }
}

active proctype owner() {
  byte oldest = NOBODY, head = NOBODY;
  bool granted, drained;
  atomic { run freer(); run freer() }
  do
  :: start(0)
  :: start(1)
  :: start(2)
  :: run_woken(0)
  :: run_woken(1)
  :: run_woken(2)
  :: give_up(0)
  :: give_up(1)
  :: time_out(0)
  :: time_out(2)
  :: keep()
  :: atomic { assert(all_units == UNITS); drained = false }
  :: break
  od;
  /* No new request: what there is to do is done, and then all must be well. */
quiet:
  do
  :: run_woken(0)
  :: run_woken(1)
  :: run_woken(2)
  :: keep()
  :: timeout -> break
  od;
  assert(all_units == UNITS);
  check_quiet()
}
