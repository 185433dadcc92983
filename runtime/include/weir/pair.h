/* Two futures as one, so that selects and joins nest, and so that a helper that awaits can lose.
 *
 *   struct weir_pair both = {weir_alloc_future(&self->head), weir_alloc_future(&self->body)};
 *   self->both = both;
 *   WEIR_SELECT(task, self->winner, weir_both_future(&self->both), weir_timer_future(&self->late));
 *
 * waits for two blocks, but not for ever: if time wins, both requests are dropped, and what one of
 * them was granted goes to the next in line.
 *
 * A pair owns nothing: its members are futures that were started as for weir_select, and are taken
 * from as after it. It is pending until it is ready, and stays ready until it is dropped.
 *
 * A helper that awaits (weir/task.h) is a future when it has a struct weir_future_kind of its own:
 * the poll is its poll function; the drop drops all that it may be waiting for or hold, which is
 * legal wherever it stands, and sets `resume` to 0.
 */
#ifndef WEIR_PAIR_H
#define WEIR_PAIR_H

#include "weir/future.h"

/* The caller's, and not moved while it is used as a future. */
struct weir_pair {
  struct weir_future first, second;
  enum weir_winner winner; /* of a race; WEIR_NEITHER at first, and to be read once it is ready */
};

/* Ready once one of the two is, the other is dropped then: weir_select as a future. Dropped before,
 * it drops both; after, the winner. What loses against a race that a timer won counts as cancelled,
 * not as timed out: a race tells who won, not why. Task only; the two polls, and at most two drops.
 */
struct weir_future weir_race_future(struct weir_pair *pair);

/* Ready once both are: weir_join as a future. Dropped, it drops both. Task only; the two polls, or
 * the two drops. */
struct weir_future weir_both_future(struct weir_pair *pair);

#endif
