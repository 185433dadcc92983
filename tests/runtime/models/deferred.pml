/* The deferred free list: pushed from any context, all of it taken by the owner at once.
 *
 * Read off runtime/src/deferred.c: weir_deferred_push, take_all and weir_deferred_pop, with the loop
 * of weir_heap_drain around the last. Each step makes at most one access to `pending`, the one word
 * that contexts share; what it does besides touches only memory that is its own at that moment.
 * Memory is sequentially consistent, as those accesses are.
 *
 * Held in every interleaving of three contexts, each of which frees whatever is live, and the owner,
 * who drains a few blocks or all and allocates what was drained anew:
 *   - a block is drained as often as it was freed: none is lost, none comes twice;
 *   - a drain of everything sees each block whose push was over when the drain began;
 *   - when all is quiet, nothing is left in the list.
 *
 * -DMASKED       the port without compare-and-swap
 * Faults, each of which must be found:
 * -DPLAIN_PUSH   the head is stored, not compared and swapped
 * -DPLAIN_TAKE   the list is read and emptied in two steps
 * -DLINK_LATE    a node is published before it is linked
 * -DUNMASKED     the masked port without its mask
 * -DDROP_BACKLOG the rest of a taken list is forgotten when a drain stops half-way
 * -DSTOP_EARLY   a drain of everything stops at the end of the backlog */

#define PRODUCERS 3
#define BLOCKS 3
#define FREES 4 /* in all; a block that is freed twice was allocated anew in between */
#define NIL BLOCKS

mtype = { LIVE, FREEING, PUSHED };

/* Ghosts: where a block is, and whether it was pushed before the present drain of everything began.
 * A drained block is live at once: allocated anew, the worst case. */
mtype state[BLOCKS] = LIVE;
bool sure[BLOCKS];

byte next[BLOCKS] = NIL;
byte pending = NIL;
byte backlog = NIL; /* the owner's */
byte frees_left = FREES;
byte producers_left = PRODUCERS;
bool masked = false;

#ifdef UNMASKED
#define enter_critical skip
#else
#define enter_critical atomic { !masked -> masked = true }
#endif
#define leave_critical masked = false

inline publish(node) {
  pending = node;
  state[node] = PUSHED
}

inline push(node, head) {
#ifdef MASKED
  enter_critical;
  atomic { head = pending; next[node] = head }
  atomic { publish(node); leave_critical }
#else
  atomic {
    head = pending;
#ifndef LINK_LATE
    next[node] = head
#endif
  }
#ifdef PLAIN_PUSH
  atomic { publish(node) }
#else
  do
  :: atomic { pending == head -> publish(node); break }
  :: atomic { pending != head -> head = pending; next[node] = head }
  od;
#ifdef LINK_LATE
  next[node] = head
#endif
#endif
#endif
}

/* Any live block may be this context's to free. */
inline claim(block) {
  atomic {
    frees_left > 0 && state[block] == LIVE ->
    frees_left--;
    state[block] = FREEING;
    node = block;
    head = NIL
  }
}

active [PRODUCERS] proctype producer() {
  byte node, head;
  do
  :: claim(0); push(node, head)
  :: claim(1); push(node, head)
  :: claim(2); push(node, head)
  :: atomic { frees_left == 0 -> producers_left--; break }
  od
}

inline take_all() {
#ifdef MASKED
  enter_critical;
  backlog = pending;
  atomic { pending = NIL; leave_critical }
#else
#ifdef PLAIN_TAKE
  backlog = pending;
  pending = NIL
#else
  atomic { backlog = pending; pending = NIL }
#endif
#endif
}

inline pop() {
  if
  :: backlog == NIL -> take_all()
  :: else
  fi;
  atomic {
    taken = backlog;
    if
    :: taken != NIL ->
       assert(state[taken] == PUSHED);
       backlog = next[taken];
       next[taken] = NIL;
       sure[taken] = false;
       state[taken] = LIVE
    :: else
    fi
  }
}

inline drain_some() {
  pop();
#ifdef DROP_BACKLOG
  backlog = NIL;
#endif
  taken = NIL
}

inline drain_all() {
  atomic {
    sure[0] = state[0] == PUSHED;
    sure[1] = state[1] == PUSHED;
    sure[2] = state[2] == PUSHED
  }
  do
  :: true ->
     pop();
     if
     :: taken == NIL -> break
#ifdef STOP_EARLY
     :: taken != NIL && backlog == NIL -> break
#endif
     :: else
     fi
  od;
  atomic {
    taken = NIL;
    assert(!sure[0] && !sure[1] && !sure[2])
  }
}

active proctype owner() {
  byte taken = NIL;
  do
  :: producers_left != 0 -> drain_some()
  :: producers_left != 0 -> drain_all()
  :: producers_left == 0 -> break
  od;
  drain_all();
  assert(pending == NIL && backlog == NIL);
  assert(state[0] == LIVE && state[1] == LIVE && state[2] == LIVE)
}
