/* The search of the explorer. */
#ifndef WEIR_TESTS_EXPLORE_H
#define WEIR_TESTS_EXPLORE_H

#include "explore_world.h"

/* Runs the scenario through every order of its events; what must hold is checked by check.h. */
void explore(const struct scenario *scenario);

#endif
