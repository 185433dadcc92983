/* The fixture's heap without a byte to spare: also what is too small for a unit is held. */
#ifndef WEIR_TESTS_FULL_H
#define WEIR_TESTS_FULL_H

#include "check.h"
#include "fake_port.h"
#include "fixture.h"

static struct fixture at;
static struct counter waker;
static struct {
  void *block;
  struct weir_layout layout;
} full_rest;

/* A full heap of which the first so many units are free. */
static inline void full_setup(unsigned units_free) {
  fake_port_reset();
  fixture_fill(&at);
  counter_init(&waker);
  full_rest.layout = bytes(weir_heap_stats(&at.heap).largest_free);
  full_rest.block =
      full_rest.layout.size == 0 ? NULL : weir_heap_try_alloc(&at.heap, full_rest.layout);
  for (unsigned i = 0; i < units_free; i++)
    fixture_free(&at, i);
}

/* Frees what is held still, and checks that nothing else is. */
static inline void full_end(void) {
  weir_heap_free(&at.heap, full_rest.block, full_rest.layout);
  fixture_end(&at);
}

/* Frees units, as an interrupt may, and lets those who wait have them. */
static inline void full_free(unsigned first, unsigned count) {
  for (unsigned i = first; i < first + count; i++)
    fixture_free(&at, i);
  weir_heap_drain(&at.heap, SIZE_MAX);
}

/* Bytes in use, what was freed aside. */
static inline size_t full_used(void) {
  weir_heap_drain(&at.heap, SIZE_MAX);
  return weir_heap_stats(&at.heap).used;
}

#endif
