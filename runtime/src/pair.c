#include "weir/pair.h"

static void drop(struct weir_future future, enum weir_drop_reason reason) {
  future.kind->drop(future.self, reason);
}

static enum weir_poll poll_race(void *future) {
  struct weir_pair *pair = future;
  if (pair->winner == WEIR_NEITHER)
    pair->winner = weir_select(pair->first, pair->second);
  return pair->winner == WEIR_NEITHER ? WEIR_PENDING : WEIR_READY;
}

/* The loser was dropped when it lost, and may be in use for something else. */
static void drop_race(void *future, enum weir_drop_reason reason) {
  struct weir_pair *pair = future;
  if (pair->winner != WEIR_SECOND)
    drop(pair->first, reason);
  if (pair->winner != WEIR_FIRST)
    drop(pair->second, reason);
  pair->winner = WEIR_NEITHER;
}

static enum weir_poll poll_both(void *future) {
  const struct weir_pair *pair = future;
  return weir_join(pair->first, pair->second);
}

static void drop_both(void *future, enum weir_drop_reason reason) {
  const struct weir_pair *pair = future;
  drop(pair->first, reason);
  drop(pair->second, reason);
}

struct weir_future weir_race_future(struct weir_pair *pair) {
  static const struct weir_future_kind kind = {poll_race, drop_race, WEIR_DROP_CANCELLED};
  return (struct weir_future){&kind, pair};
}

struct weir_future weir_both_future(struct weir_pair *pair) {
  static const struct weir_future_kind kind = {poll_both, drop_both, WEIR_DROP_CANCELLED};
  return (struct weir_future){&kind, pair};
}
