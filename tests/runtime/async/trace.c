/* The contract of weir/trace.h: between a pointer's GRANT and its FREE there is a block. */
#include "weir/alloc.h"
#include "weir/group.h"

#include "check.h"
#include "fake_port.h"
#include "fixture.h"
#include "trace_counts.h"

#define LIVE_MAX 80u

static struct {
  const void *pointer;
  size_t size;
} live[LIVE_MAX];
static unsigned live_count, requests, waits, cancels;

void trace_request(void) { requests++; }
void trace_wait(void) { waits++; }
void trace_cancel(void) { cancels++; }

static unsigned find(const void *pointer) {
  unsigned i = 0;
  while (i < live_count && live[i].pointer != pointer)
    i++;
  return i;
}

/* Whoever traces may write to the block: it is whole. */
void trace_grant(const void *pointer, size_t size) {
  unsigned char *bytes = (void *)(uintptr_t)pointer;
  for (size_t i = 0; i < size; i++)
    bytes[i] = 0xa5;
  CHECK(live_count < LIVE_MAX && find(pointer) == live_count);
  live[live_count].pointer = pointer;
  live[live_count].size = size;
  live_count++;
}

void trace_free(const void *pointer, size_t size) {
  unsigned i = find(pointer);
  CHECK(i < live_count && live[i].size == size);
  if (i < live_count)
    live[i] = live[--live_count];
}

static struct fixture at;
static struct counter waker;
static struct weir_alloc alloc;
static struct weir_group group;
static struct weir_part parts[2];

static void setup(void) {
  live_count = 0;
  fake_port_reset();
  fixture_fill(&at);
  CHECK_EQUAL(live_count, at.count);
  counter_init(&waker);
  alloc = (struct weir_alloc){0};
  group = (struct weir_group){0};
  requests = waits = cancels = 0;
}

static void end(unsigned requested, unsigned waited, unsigned cancelled) {
  CHECK_EQUAL(requests, requested);
  CHECK_EQUAL(waits, waited);
  CHECK_EQUAL(cancels, cancelled);
  fixture_end(&at);
  CHECK_EQUAL(live_count, 0);
}

static void free_units(unsigned first, unsigned count) {
  for (unsigned i = first; i < first + count; i++)
    fixture_free(&at, i);
  weir_heap_drain(&at.heap, SIZE_MAX);
}

static enum weir_poll start_alloc(void) {
  return weir_alloc_start(&alloc, &at.heap, units(1), &waker.waker);
}

static enum weir_poll start_group(void) {
  parts[0] = (struct weir_part){units(2), NULL};
  parts[1] = (struct weir_part){units(1), NULL};
  return weir_group_start(&group, &at.heap, parts, 2, &waker.waker);
}

static void free_parts(void) {
  CHECK(weir_group_take(&group));
  for (unsigned i = 0; i < 2; i++)
    weir_heap_free(&at.heap, parts[i].memory, parts[i].layout);
}

static void an_allocation_is_told_of_once(void) {
  setup();
  CHECK(start_alloc() == WEIR_PENDING);
  free_units(2, 1);
  weir_heap_free(&at.heap, weir_alloc_take(&alloc), units(1));
  CHECK(start_alloc() == WEIR_READY);
  weir_heap_free_by_owner(&at.heap, weir_alloc_take(&alloc), units(1));
  end(2, 1, 0);
}

static void what_is_dropped_is_free_again(void) {
  setup();
  CHECK(start_alloc() == WEIR_PENDING);
  weir_alloc_drop(&alloc);
  free_units(2, 1);
  CHECK(start_alloc() == WEIR_READY);
  weir_alloc_drop(&alloc);
  weir_alloc_drop(&alloc);
  end(2, 1, 2);
}

static void a_group_is_told_of_part_by_part(void) {
  setup();
  CHECK(start_group() == WEIR_PENDING);
  free_units(2, 2);
  CHECK(weir_group_poll(&group) == WEIR_PENDING);
  free_units(6, 1);
  free_parts();
  CHECK(start_group() == WEIR_READY);
  free_parts();
  end(4, 1, 0);
}

static void a_group_that_is_dropped_is_free_again(void) {
  setup();
  CHECK(start_group() == WEIR_PENDING);
  weir_group_drop(&group);
  free_units(2, 3);
  CHECK(start_group() == WEIR_READY);
  weir_group_drop(&group);
  end(4, 1, 2);
}

int main(void) {
  RUN(an_allocation_is_told_of_once);
  RUN(what_is_dropped_is_free_again);
  RUN(a_group_is_told_of_part_by_part);
  RUN(a_group_that_is_dropped_is_free_again);
  return check_summary("async/trace");
}
