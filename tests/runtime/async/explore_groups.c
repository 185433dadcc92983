/* Every order of events where a request is for several blocks at once, or a client's with a quota.
 * What was taken is given back in interrupts too. */
#include "explore.h"

#include "check.h"

#define FAR 10000u /* more than a scenario grants */

static void a_group_and_a_request(void) {
  explore(&(struct scenario){.name = "a group and a request",
                             .bypass = FAR,
                             .requests = 2,
                             .size = {UNIT, UNIT},
                             .second = {UNIT, 0},
                             .lives = 2,
                             .given_back_anywhere = true});
}

static void a_group_and_a_request_in_strict_order(void) {
  explore(&(struct scenario){.name = "a group and a request, strict order",
                             .bypass = 0,
                             .requests = 2,
                             .size = {2 * UNIT, UNIT},
                             .second = {UNIT, 0},
                             .lives = 2,
                             .given_back_anywhere = true});
}

static void two_groups_and_a_request(void) {
  explore(&(struct scenario){.name = "two groups and a request, bypass of one",
                             .bypass = 3 * UNIT,
                             .requests = 3,
                             .size = {UNIT, UNIT, 2 * UNIT},
                             .second = {UNIT, UNIT, 0},
                             .lives = 1,
                             .given_back_anywhere = true});
}

static void a_client_at_its_quota(void) {
  explore(&(struct scenario){.name = "two requests of a client, one within its quota",
                             .bypass = FAR,
                             .requests = 2,
                             .size = {UNIT, UNIT},
                             .quota = UNIT,
                             .lives = 2,
                             .blocks_kept = 1,
                             .given_back_anywhere = true});
}

static void a_client_with_a_long_line(void) {
  explore(&(struct scenario){.name = "three requests of a client, the second over its quota",
                             .bypass = FAR,
                             .requests = 3,
                             .size = {UNIT / 2, UNIT, UNIT / 2},
                             .quota = UNIT,
                             .lives = 1,
                             .blocks_kept = 1,
                             .given_back_anywhere = true});
}

int main(void) {
  RUN(a_group_and_a_request);
  RUN(a_group_and_a_request_in_strict_order);
  RUN(two_groups_and_a_request);
  RUN(a_client_at_its_quota);
  RUN(a_client_with_a_long_line);
  return check_summary("async/explore_groups");
}
