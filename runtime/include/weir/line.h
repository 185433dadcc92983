/* Those who wait for something other than memory, in order of arrival: what a channel and a pool
 * are made with. Whoever is served is served before it is woken, and nobody gets past the line.
 *
 *              join                 granted                  taken
 *      idle ----------> waiting ----------------> granted -----------> idle
 *        ^                 | leave                   | given back        ^
 *        +-----------------+-------------------------+-------------------+
 *
 * Changed inside the port's critical section only. */
#ifndef WEIR_LINE_H
#define WEIR_LINE_H

#include "weir/waker.h"

enum weir_place_state { WEIR_PLACE_IDLE, WEIR_PLACE_WAITING, WEIR_PLACE_GRANTED };

/* A place in a line; all zero is idle. */
struct weir_place {
  struct weir_place *next;
  struct weir_place *previous;
  const struct weir_waker *waker;
  unsigned char state; /* enum weir_place_state */
};

/* All zero is nobody. */
struct weir_line {
  struct weir_place *first;
  struct weir_place *last;
};

#endif
