/* Every order of events among requests for one block each. */
#include "explore.h"

#include "check.h"

#define LARGE (2 * UNIT)
#define SMALL UNIT
#define FAR 10000u /* more than a scenario grants */

static void one_request_with_every_interrupt(void) {
  explore(&(struct scenario){.name = "one request, started three times",
                             .bypass = FAR,
                             .requests = 1,
                             .size = {LARGE},
                             .lives = 3});
}

static void two_requests_in_strict_order(void) {
  explore(&(struct scenario){.name = "two requests, strict order",
                             .bypass = 0,
                             .requests = 2,
                             .size = {LARGE, SMALL},
                             .lives = 2});
}

static void two_requests_with_a_bypass_to_exhaust(void) {
  explore(&(struct scenario){.name = "two requests, bypass of two",
                             .bypass = 140,
                             .requests = 2,
                             .size = {LARGE, SMALL},
                             .lives = 3});
}

static void two_requests_with_a_deadline(void) {
  explore(&(struct scenario){.name = "two requests with a deadline",
                             .bypass = FAR,
                             .requests = 2,
                             .size = {LARGE, SMALL},
                             .timed = true,
                             .lives = 1});
}

static void three_requests_in_strict_order(void) {
  explore(&(struct scenario){.name = "three requests, strict order",
                             .bypass = 0,
                             .requests = 3,
                             .size = {LARGE, SMALL, SMALL},
                             .lives = 1});
}

static void three_requests_with_a_small_bypass(void) {
  explore(&(struct scenario){.name = "three requests, bypass of one",
                             .bypass = 70,
                             .requests = 3,
                             .size = {LARGE, SMALL, SMALL},
                             .lives = 1});
}

static void three_requests_that_are_aged(void) {
  explore(&(struct scenario){.name = "three requests, aged by one",
                             .bypass = 100,
                             .requests = 3,
                             .size = {LARGE, 3 * UNIT / 2, SMALL},
                             .lives = 1});
}

static void three_requests_with_room_to_pass(void) {
  explore(&(struct scenario){.name = "three requests, wide bypass",
                             .bypass = FAR,
                             .requests = 3,
                             .size = {LARGE, SMALL, 3 * UNIT / 2},
                             .lives = 1});
}

static void three_requests_without_order(void) {
  explore(&(struct scenario){.name = "three requests, no order",
                             .bypass = WEIR_BYPASS_UNLIMITED,
                             .requests = 3,
                             .size = {LARGE, SMALL, SMALL},
                             .lives = 1});
}

int main(void) {
  RUN(one_request_with_every_interrupt);
  RUN(two_requests_in_strict_order);
  RUN(two_requests_with_a_bypass_to_exhaust);
  RUN(two_requests_with_a_deadline);
  RUN(three_requests_in_strict_order);
  RUN(three_requests_with_a_small_bypass);
  RUN(three_requests_that_are_aged);
  RUN(three_requests_with_room_to_pass);
  RUN(three_requests_without_order);
  return check_summary("async/explore_requests");
}
