/* A large request among many small ones that take every hole: what starves when all that fits may
 * pass, and does not under a bypass. */
#include "weir/alloc.h"

#include "check.h"
#include "fake_port.h"
#include "fixture.h"

#define ROUNDS_MAX 2000u
#define WAITING 4u /* small requests that wait at any time: each free unit has a taker */
#define USERS (FIXTURE_BLOCKS + WAITING)

static struct fixture at;
static struct counter waker;
static struct weir_alloc large;
static struct {
  struct weir_alloc alloc;
  void *memory;
} users[USERS];
static unsigned count;
static uint32_t seed;

/* Marsaglia, Xorshift RNGs. */
static unsigned random_below(unsigned bound) {
  seed ^= seed << 13;
  seed ^= seed >> 17;
  seed ^= seed << 5;
  return seed % bound;
}

static void start(unsigned i) {
  (void)weir_alloc_start(&users[i].alloc, &at.heap, units(1), &waker.waker);
}

/* Every unit of the heap has a user, and a few users wait. */
static void setup(uint32_t bypass) {
  fake_port_reset();
  fixture_fill(&at);
  counter_init(&waker);
  weir_heap_set_bypass(&at.heap, bypass);
  seed = 7;
  large = (struct weir_alloc){0};
  CHECK(weir_alloc_start(&large, &at.heap, units(4), &waker.waker) == WEIR_PENDING);
  count = at.count + WAITING;
  for (unsigned i = 0; i < count; i++) {
    users[i].alloc = (struct weir_alloc){0};
    users[i].memory = i < at.count ? at.held[i] : NULL;
    if (i < at.count)
      at.held[i] = NULL;
    else
      start(i);
  }
}

static void give_back(unsigned i) {
  weir_heap_free(&at.heap, users[i].memory, units(1));
  users[i].memory = NULL;
  weir_heap_drain(&at.heap, SIZE_MAX);
}

/* One holder gives back and asks again; whoever was granted takes. */
static void one_round(void) {
  unsigned i = random_below(count);
  if (users[i].memory == NULL)
    return;
  give_back(i);
  start(i);
  for (i = 0; i < count; i++)
    if (users[i].memory == NULL)
      users[i].memory = weir_alloc_take(&users[i].alloc);
}

static unsigned rounds_until_granted(uint32_t bypass) {
  unsigned rounds = 0;
  setup(bypass);
  while (rounds < ROUNDS_MAX && weir_alloc_poll(&large) == WEIR_PENDING) {
    one_round();
    rounds++;
  }
  weir_alloc_drop(&large);
  for (unsigned i = 0; i < count; i++) {
    weir_alloc_drop(&users[i].alloc);
    if (users[i].memory != NULL)
      give_back(i);
  }
  fixture_end(&at);
  return rounds;
}

static void a_large_one_starves_when_all_may_pass(void) {
  CHECK_EQUAL(rounds_until_granted(WEIR_BYPASS_UNLIMITED), ROUNDS_MAX);
}

/* 65 bytes of age for each small one that passes; then each of those who hold gives back. */
static void a_large_one_makes_progress_under_a_bypass(void) {
  unsigned soon = rounds_until_granted(1000);
  unsigned late = rounds_until_granted(20000);
  CHECK(soon <= 1000 / 65 + 2 * USERS);
  CHECK(late > soon);
  CHECK(late <= 20000 / 65 + 2 * USERS);
}

static void the_default_is_a_bypass(void) { CHECK(rounds_until_granted(10 * 4096) < ROUNDS_MAX); }

int main(void) {
  RUN(a_large_one_starves_when_all_may_pass);
  RUN(a_large_one_makes_progress_under_a_bypass);
  RUN(the_default_is_a_bypass);
  return check_summary("async/starve");
}
