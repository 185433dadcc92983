/* What the explorer does with a request, by its kind: of one block, a group, or a client's. */
#ifndef WEIR_TESTS_EXPLORE_KIND_H
#define WEIR_TESTS_EXPLORE_KIND_H

#include "explore_world.h"

bool kind_is_pending(unsigned request);

/* Whether there is something to take. */
bool kind_is_ready(unsigned request);

enum weir_poll kind_start(unsigned request);

enum weir_poll kind_poll(unsigned request);

/* What it was granted, of a group the first part. */
void *kind_take(unsigned request);

void kind_drop(unsigned request);

/* Frees what was taken, as an interrupt may. */
void kind_give_back(unsigned request);

/* What must hold of the kind besides. */
void kind_check(void);

#endif
