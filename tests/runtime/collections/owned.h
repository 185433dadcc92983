/* Elements that own something, as far as a test can tell: each is made once and must be destroyed
 * once. */
#ifndef WEIR_TESTS_OWNED_H
#define WEIR_TESTS_OWNED_H

#include <stddef.h>

#include "weir/type.h"

#include "check.h"

#define OWNED_MAX 2048u

struct owned {
  uint32_t number;
  uint32_t again; /* the number's complement */
};

static unsigned char owned_state[OWNED_MAX]; /* 0 is none, 1 lives, 2 was destroyed */
static uint32_t owned_made;
static uint32_t owned_destroyed;

static inline void owned_reset(void) {
  for (uint32_t i = 0; i < owned_made; i++)
    owned_state[i] = 0;
  owned_made = 0;
  owned_destroyed = 0;
}

/* A new one, numbered in order. */
static inline struct owned owned_make(void) {
  uint32_t number = owned_made++;
  CHECK(number < OWNED_MAX);
  owned_state[number] = 1;
  return (struct owned){number, ~number};
}

static inline void owned_destroy(void *object) {
  const struct owned *owned = object;
  CHECK(owned->again == ~owned->number && owned->number < owned_made);
  CHECK_EQUAL(owned_state[owned->number], 1);
  owned_state[owned->number] = 2;
  owned_destroyed++;
}

static inline uint32_t number_of(const void *object) {
  const struct owned *owned = object;
  CHECK(owned != NULL && owned->again == ~owned->number);
  return owned == NULL ? UINT32_MAX : owned->number;
}

static const struct weir_type owned_type = WEIR_TYPE_OF(struct owned, owned_destroy);

#endif
