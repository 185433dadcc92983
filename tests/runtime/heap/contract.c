/* The heap's contract, clause by clause, from its public header. */
#include "check.h"

#include "weir/heap.h"
#include "weir/port.h"

#include "block.h"
#include "config.h"
#include "core.h"

#define ARENA_BYTES 4096

static _Alignas(256) unsigned char arena[ARENA_BYTES];
static struct weir_heap heap;
WEIR_HEAP_DEFINE(other, 1024);

_Static_assert(sizeof(void *) != 4 || sizeof(struct weir_heap) <= 48, "a heap is 48 bytes");

static struct weir_layout bytes(size_t size) { return (struct weir_layout){size, 1}; }

static struct weir_layout aligned(size_t size, size_t align) {
  return (struct weir_layout){size, align};
}

static void start(void) { CHECK_EQUAL(weir_heap_init(&heap, arena, sizeof arena), WEIR_OK); }

/* Everything came back: one free block, as long as the heap. */
static void check_empty(void) {
  weir_heap_drain(&heap, SIZE_MAX);
  struct weir_heap_stats stats = weir_heap_stats(&heap);
  CHECK_EQUAL(stats.used, 0);
  CHECK_EQUAL(stats.pending_free, 0);
  CHECK_EQUAL(stats.largest_free, stats.capacity);
  CHECK(weir_heap_check(&heap));
}

static void fill(void *block, size_t size, unsigned char value) {
  for (size_t i = 0; i < size; i++)
    ((unsigned char *)block)[i] = value;
}

static void an_arena_too_small_is_refused_and_untouched(void) {
  size_t smallest = 0;
  for (size_t size = 0; size < 512 && smallest == 0; size++) {
    fill(arena, sizeof arena, 0xa5);
    if (weir_heap_init(&heap, arena, size) == WEIR_OK) {
      smallest = size;
      continue;
    }
    bool touched = false;
    for (size_t i = 0; i < sizeof arena; i++)
      touched |= arena[i] != 0xa5;
    CHECK(!touched);
  }
  CHECK(smallest > 0);
  void *block = weir_heap_try_alloc(&heap, bytes(16));
  CHECK(block != NULL);
  CHECK(weir_heap_try_alloc(&heap, bytes(1)) == NULL);
  weir_heap_free(&heap, block, bytes(16));
  check_empty();
}

static void an_arena_too_large_for_the_links_is_refused(void) {
#if WEIR_HEAP_LINK_BITS == 16
  CHECK_EQUAL(weir_heap_init(&heap, arena, (size_t)65536 * 8), WEIR_ARENA_TOO_LARGE);
#endif
}

static void the_arena_may_start_anywhere(void) {
  for (size_t skew = 0; skew < 16; skew++) {
    CHECK_EQUAL(weir_heap_init(&heap, arena + skew, 1024), WEIR_OK);
    void *block = weir_heap_try_alloc(&heap, bytes(40));
    CHECK_EQUAL((uintptr_t)block % WEIR_HEAP_GRANULE, 0);
    CHECK((unsigned char *)block >= arena + skew &&
          (unsigned char *)block + 40 <= arena + skew + 1024);
    weir_heap_free(&heap, block, bytes(40));
    check_empty();
  }
}

static void a_static_heap_starts_and_stands_beside_another(void) {
  start();
  CHECK_EQUAL(WEIR_HEAP_INIT(other), WEIR_OK);
  void *here = weir_heap_try_alloc(&heap, bytes(64));
  void *there = weir_heap_try_alloc(&other, bytes(64));
  CHECK((unsigned char *)here >= arena && (unsigned char *)here < arena + sizeof arena);
  CHECK((unsigned char *)there >= other_arena &&
        (unsigned char *)there < other_arena + sizeof other_arena);
  CHECK_EQUAL(weir_heap_stats(&other).used, 64);
  weir_heap_free(&other, there, bytes(64));
  CHECK_EQUAL(weir_heap_stats(&heap).pending_free, 0);
  weir_heap_free(&heap, here, bytes(64));
  check_empty();
}

static void every_size_comes_aligned_and_apart(void) {
  for (size_t size = 0; size <= 1024; size += size < 160 ? 1 : 37) {
    start();
    unsigned char *low = weir_heap_try_alloc(&heap, bytes(size));
    unsigned char *high = weir_heap_try_alloc(&heap, bytes(size));
    CHECK(low != NULL && high != NULL && low != high);
    CHECK_EQUAL((uintptr_t)low % WEIR_HEAP_GRANULE, 0);
    CHECK(low < high ? (size_t)(high - low) >= size : (size_t)(low - high) >= size);
    fill(low, size, 1);
    fill(high, size, 2);
    CHECK(weir_heap_check(&heap));
    weir_heap_free(&heap, low, bytes(size));
    weir_heap_free(&heap, high, bytes(size));
    check_empty();
  }
}

static void every_alignment_is_kept(void) {
  for (size_t align = 1; align <= 1024; align *= 2) {
    start();
    void *held[12];
    struct weir_layout layouts[12];
    for (size_t i = 0; i < 12; i++) {
      layouts[i] = aligned(1 + i * 29, i % 3 == 2 ? 8 : align);
      held[i] = weir_heap_try_alloc(&heap, layouts[i]);
      CHECK(held[i] != NULL || align > 64);
      CHECK_EQUAL((uintptr_t)held[i] % layouts[i].align, 0);
      CHECK(weir_heap_check(&heap));
    }
    for (size_t i = 0; i < 12; i++)
      weir_heap_free(&heap, held[i * 7 % 12], layouts[i * 7 % 12]);
    check_empty();
  }
}

static void an_alignment_that_is_none_is_refused(void) {
  start();
  CHECK(weir_heap_try_alloc(&heap, aligned(8, 0)) == NULL);
  CHECK(weir_heap_try_alloc(&heap, aligned(8, 24)) == NULL);
  CHECK(!weir_heap_could_hold(&heap, aligned(8, 24)));
  CHECK_EQUAL(weir_heap_stats(&heap).refusals, 2);
  for (size_t align = 1; align <= WEIR_HEAP_GRANULE; align++) { /* of these every block is enough */
    CHECK(weir_heap_try_alloc(&heap, aligned(8, align)) != NULL);
    CHECK(weir_heap_could_hold(&heap, aligned(8, align)));
  }
}

static void sizes_near_the_limits_do_not_wrap(void) {
  start();
  CHECK(weir_heap_try_alloc(&heap, bytes(SIZE_MAX)) == NULL);
  CHECK(weir_heap_try_alloc(&heap, bytes(SIZE_MAX - 7)) == NULL);
  CHECK(weir_heap_try_alloc(&heap, aligned(8, SIZE_MAX / 2 + 1)) == NULL);
  CHECK(weir_heap_try_alloc(&heap, aligned(SIZE_MAX / 2, SIZE_MAX / 2 + 1)) == NULL);
  struct weir_layout layout = bytes(0);
  CHECK(!weir_layout_array(bytes(SIZE_MAX / 2), 3, &layout));
  CHECK(weir_layout_array(aligned(12, 4), 5, &layout));
  CHECK_EQUAL(layout.size, 60);
  CHECK_EQUAL(layout.align, 4);
  CHECK(weir_layout_array(bytes(0), SIZE_MAX, &layout));
  check_empty();
}

static void could_hold_is_what_an_empty_heap_gives(void) {
  for (size_t align = 8; align <= 256; align *= 4)
    for (size_t size = ARENA_BYTES / 2; size <= ARENA_BYTES; size += 8) {
      start();
      bool could = weir_heap_could_hold(&heap, aligned(size, align));
      CHECK_EQUAL(could, weir_heap_try_alloc(&heap, aligned(size, align)) != NULL);
    }
  start();
  size_t capacity = weir_heap_stats(&heap).capacity;
  CHECK(weir_heap_could_hold(&heap, bytes(capacity)));
  CHECK(!weir_heap_could_hold(&heap, bytes(capacity + 1)));
}

static void small_blocks_fill_the_heap_to_the_last(void) {
  start();
  size_t capacity = weir_heap_stats(&heap).capacity;
  for (size_t i = 0; i < capacity / 16; i++)
    CHECK(weir_heap_try_alloc(&heap, bytes(16)) != NULL);
  CHECK(weir_heap_try_alloc(&heap, bytes(16)) == NULL);
  CHECK_EQUAL(weir_heap_stats(&heap).used, capacity / 16 * 16);
  CHECK(weir_heap_check(&heap));
}

static void a_freed_block_waits_for_the_drain(void) {
  start();
  void *block = weir_heap_try_alloc(&heap, bytes(100));
  weir_heap_free(&heap, block, bytes(100));
  struct weir_heap_stats stats = weir_heap_stats(&heap);
  CHECK_EQUAL(stats.used, 104);
  CHECK_EQUAL(stats.pending_free, 104);
  CHECK_EQUAL(weir_heap_drain(&heap, 0), 0);
  CHECK_EQUAL(weir_heap_stats(&heap).pending_free, 104);
  CHECK_EQUAL(weir_heap_drain(&heap, 8), 1);
  CHECK_EQUAL(weir_heap_stats(&heap).peak, 104);
  check_empty();
}

static void an_allocation_drains_a_bounded_number(void) {
  start();
  void *blocks[10];
  for (size_t i = 0; i < 10; i++)
    blocks[i] = weir_heap_try_alloc(&heap, bytes(264));
  for (size_t i = 0; i < 10; i++)
    weir_heap_free(&heap, blocks[i], bytes(264));
  CHECK(weir_heap_try_alloc(&heap, bytes(264)) != NULL);
  CHECK_EQUAL(weir_heap_stats(&heap).pending_free, (10 - WEIR_HEAP_DRAIN_STEP) * 264);
  CHECK_EQUAL(weir_heap_drain(&heap, 3), 3);
  CHECK_EQUAL(weir_heap_stats(&heap).pending_free, (7 - WEIR_HEAP_DRAIN_STEP) * 264);
}

static void everything_is_drained_before_a_try_fails(void) {
  start();
  void *blocks[ARENA_BYTES / 16];
  size_t count = 0;
  while ((blocks[count] = weir_heap_try_alloc(&heap, bytes(16))) != NULL)
    count++;
  for (size_t i = 0; i < count; i++)
    weir_heap_free(&heap, blocks[i], bytes(16));
  size_t capacity = weir_heap_stats(&heap).capacity;
  void *all = weir_heap_try_alloc(&heap, bytes(capacity));
  CHECK(all != NULL);
  CHECK_EQUAL(weir_heap_stats(&heap).pending_free, 0);
  weir_heap_free(&heap, all, bytes(capacity));
  check_empty();
}

static void freeing_nothing_is_nothing(void) {
  start();
  weir_heap_free(&heap, NULL, bytes(16));
  check_empty();
}

static void an_owner_frees_as_anybody_does(void) {
  for (size_t size = 0; size <= 300; size++) {
    start();
    void *block = weir_heap_try_alloc(&heap, bytes(size));
    size_t used = weir_heap_stats(&heap).used;
    weir_heap_free_by_owner(&heap, block, bytes(size));
    CHECK_EQUAL(weir_heap_stats(&heap).used, used);
    CHECK_EQUAL(weir_heap_stats(&heap).pending_free, used);
    CHECK_EQUAL(weir_heap_drain(&heap, SIZE_MAX), 1);
    weir_heap_free_by_owner(&heap, NULL, bytes(size));
    check_empty();
  }
}

static void neighbours_merge_in_every_order(void) {
  static const unsigned char orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                             {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  static const size_t sizes[] = {16, 24, 136, 400};
  for (size_t size = 0; size < 4; size++)
    for (size_t order = 0; order < 6; order++) {
      start();
      void *blocks[3];
      for (size_t i = 0; i < 3; i++)
        blocks[i] = weir_heap_try_alloc(&heap, bytes(sizes[size]));
      for (size_t i = 0; i < 3; i++) {
        weir_heap_free(&heap, blocks[orders[order][i]], bytes(sizes[size]));
        weir_heap_drain(&heap, 1);
        CHECK(weir_heap_check(&heap));
      }
      check_empty();
    }
}

static void a_block_grows_and_shrinks_where_it_is(void) {
  start();
  unsigned char *block = weir_heap_try_alloc(&heap, bytes(64));
  unsigned char *after = weir_heap_try_alloc(&heap, bytes(64));
  CHECK(after == block + 64);
  CHECK(weir_heap_try_grow(&heap, after, bytes(64), 100));
  CHECK(weir_heap_check(&heap));
  CHECK_EQUAL(weir_heap_stats(&heap).used, 64 + 104);
  CHECK(!weir_heap_try_grow(&heap, block, bytes(64), 72));
  CHECK(!weir_heap_try_grow(&heap, block, bytes(64), 63)); // smaller, though it takes as much
  CHECK(!weir_heap_try_grow(&heap, block, bytes(64), 16));
  CHECK(weir_heap_try_grow(&heap, after, bytes(100), 104));
  weir_heap_free(&heap, after, bytes(104));
  fill(block, 64, 0x5a);
  CHECK(weir_heap_try_grow(&heap, block, bytes(64), 1500));
  CHECK(block[0] == 0x5a && block[63] == 0x5a);
  CHECK(weir_heap_check(&heap));
  weir_heap_shrink(&heap, block, bytes(1500), 2000);
  CHECK_EQUAL(weir_heap_stats(&heap).used, 1504);
  weir_heap_shrink(&heap, block, bytes(1500), 1490);
  CHECK_EQUAL(weir_heap_stats(&heap).used, 1496);
  CHECK(weir_heap_check(&heap));
  weir_heap_shrink(&heap, block, bytes(1490), 0);
  CHECK_EQUAL(weir_heap_stats(&heap).used, 16);
  CHECK(block[0] == 0x5a && block[15] == 0x5a);
  CHECK(!weir_heap_try_grow(&heap, block, bytes(16), SIZE_MAX));
  weir_heap_free(&heap, block, bytes(16));
  check_empty();
}

static void growing_takes_up_to_the_end_and_no_further(void) {
  start();
  size_t capacity = weir_heap_stats(&heap).capacity;
  void *block = weir_heap_try_alloc(&heap, bytes(16));
  CHECK(!weir_heap_try_grow(&heap, block, bytes(16), capacity + 1));
  CHECK(weir_heap_try_grow(&heap, block, bytes(16), capacity));
  CHECK(!weir_heap_try_grow(&heap, block, bytes(capacity), capacity + 8));
  CHECK(weir_heap_check(&heap));
  weir_heap_free(&heap, block, bytes(capacity));
  check_empty();
}

/* A waiting layer that has nobody to serve: only that and when it is called matters here. */
static int served;
static int notified;
static size_t serve(struct weir_heap *served_heap, size_t max_blocks) {
  served += served_heap == &heap;
  return max_blocks;
}
static void notify(void *context) { notified += context == &notified; }

static void who_waits_is_not_overtaken_and_is_served(void) {
  start();
  void *first = weir_heap_try_alloc(&heap, bytes(16));
  void *second = weir_heap_try_alloc(&heap, bytes(16));
  struct weir_wait_queue queue = {.drain = serve, .notify = notify, .notify_context = &notified};
  heap.queue = &queue;
  served = 0;
  notified = 0;
  weir_heap_free(&heap, first, bytes(16));
  weir_heap_drain(&heap, 1);
  CHECK_EQUAL(notified, 0);
  CHECK_EQUAL(served, 0);
  weir_core_set_waiting(&heap, true);
  CHECK(weir_heap_try_alloc(&heap, bytes(16)) == NULL);
  CHECK(!weir_heap_try_grow(&heap, second, bytes(16), 32));
  CHECK(weir_core_take(&heap, bytes(16)) != NULL);
  served = 0;
  weir_heap_free(&heap, second, bytes(16));
  CHECK_EQUAL(notified, 1);
  CHECK_EQUAL(served, 0);
  weir_heap_drain(&heap, 1);
  CHECK_EQUAL(served, 1);
  void *third = weir_core_take(&heap, bytes(16));
  weir_heap_free_by_owner(&heap, third, bytes(16));
  CHECK_EQUAL(notified, 2);
  weir_core_set_waiting(&heap, false);
  CHECK(weir_heap_try_alloc(&heap, bytes(16)) != NULL);
  CHECK_EQUAL(served, 1);
}

static void a_granted_block_goes_back_at_once(void) {
  start();
  void *block = weir_core_take(&heap, bytes(48));
  CHECK_EQUAL(weir_heap_stats(&heap).used, 48);
  weir_core_give(&heap, block, bytes(48));
  CHECK_EQUAL(weir_heap_stats(&heap).pending_free, 0);
  check_empty();
}

static void damage_from_outside_is_seen(void) {
  start();
  void *block = weir_heap_try_alloc(&heap, bytes(40));
  CHECK(weir_heap_check(&heap));
  unsigned char *after = (unsigned char *)block + 40;
  unsigned char saved = after[0];
  after[0] = (unsigned char)~saved;
  CHECK(!weir_heap_check(&heap));
  after[0] = saved;
  heap.used += 1;
  CHECK(!weir_heap_check(&heap));
  heap.used -= 1;
  heap.base->masks[0] ^= 2;
  CHECK(!weir_heap_check(&heap));
}

static void critical_sections_nest(void) {
  weir_port_mask outer = weir_port_critical_enter();
  weir_port_mask inner = weir_port_critical_enter();
  weir_port_critical_leave(inner);
  weir_port_critical_leave(outer);
  CHECK_EQUAL(weir_port_critical_enter(), outer);
  weir_port_critical_leave(outer);
}

static void a_wake_before_the_sleep_ends_it(void) {
  weir_port_mask before = weir_port_critical_enter();
  weir_port_wake();
  weir_port_idle();
  weir_port_critical_leave(before);
}

int main(void) {
  RUN(an_arena_too_small_is_refused_and_untouched);
  RUN(an_arena_too_large_for_the_links_is_refused);
  RUN(the_arena_may_start_anywhere);
  RUN(a_static_heap_starts_and_stands_beside_another);
  RUN(every_size_comes_aligned_and_apart);
  RUN(every_alignment_is_kept);
  RUN(an_alignment_that_is_none_is_refused);
  RUN(sizes_near_the_limits_do_not_wrap);
  RUN(could_hold_is_what_an_empty_heap_gives);
  RUN(small_blocks_fill_the_heap_to_the_last);
  RUN(a_freed_block_waits_for_the_drain);
  RUN(an_allocation_drains_a_bounded_number);
  RUN(everything_is_drained_before_a_try_fails);
  RUN(freeing_nothing_is_nothing);
  RUN(an_owner_frees_as_anybody_does);
  RUN(neighbours_merge_in_every_order);
  RUN(a_block_grows_and_shrinks_where_it_is);
  RUN(growing_takes_up_to_the_end_and_no_further);
  RUN(who_waits_is_not_overtaken_and_is_served);
  RUN(a_granted_block_goes_back_at_once);
  RUN(damage_from_outside_is_seen);
  RUN(critical_sections_nest);
  RUN(a_wake_before_the_sleep_ends_it);
  return check_summary("heap_contract");
}
