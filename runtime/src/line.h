/* Steps on a line. All of them inside a critical section, O(1). */
#ifndef WEIR_SRC_LINE_H
#define WEIR_SRC_LINE_H

#include <stddef.h>

#include "weir/line.h"

/* To the end of the line. */
static inline void weir_line_join(struct weir_line *line, struct weir_place *place,
                                  const struct weir_waker *waker) {
  place->waker = waker;
  place->state = WEIR_PLACE_WAITING;
  place->next = NULL;
  place->previous = line->last;
  if (line->last != NULL)
    line->last->next = place;
  else
    line->first = place;
  line->last = place;
}

/* Out of the line, from wherever it stands. */
static inline void weir_line_leave(struct weir_line *line, struct weir_place *place) {
  if (place->next != NULL)
    place->next->previous = place->previous;
  else
    line->last = place->previous;
  if (place->previous != NULL)
    place->previous->next = place->next;
  else
    line->first = place->next;
  place->state = WEIR_PLACE_IDLE;
}

/* Serves the first, who must be there, and wakes it. What it is served with is noted before. */
static inline void weir_line_grant_first(struct weir_line *line) {
  struct weir_place *place = line->first;
  weir_line_leave(line, place);
  place->state = WEIR_PLACE_GRANTED;
  weir_waker_wake(place->waker);
}

#endif
