/* Quick lists: small blocks go round by size, and are in nobody's way. */
#include "check.h"

#include "weir/alloc.h"
#include "weir/fatal.h"
#include "weir/heap.h"

#include "config.h"
#include "quick.h"

_Static_assert(WEIR_QUICK, "built to keep blocks");

/* The largest size that is kept, one that is not, and an arena that keeps two of the largest. */
enum {
  KEPT_MAX = WEIR_QUICK_GRANULES * WEIR_HEAP_GRANULE,
  LARGE = KEPT_MAX + 72,
  ARENA_BYTES = KEPT_MAX * 64,
  KEPT = ARENA_BYTES >> WEIR_QUICK_SHARE_LOG2,
};

static _Alignas(64) unsigned char arena[ARENA_BYTES];
static struct weir_heap heap;

static struct weir_layout bytes(size_t size) { return (struct weir_layout){size, 8}; }

static void start(void) { CHECK_EQUAL(weir_heap_init(&heap, arena, sizeof arena), WEIR_OK); }

static void *get(size_t size) {
  void *block = weir_heap_try_alloc(&heap, bytes(size));
  CHECK(block != NULL);
  return block;
}

static size_t pending(void) { return weir_heap_stats(&heap).pending_free; }

/* What is freed is kept at once by its owner, and by the next allocation if it was another. */
static void give_and_sort(void *block, size_t size) {
  weir_heap_free(&heap, block, bytes(size));
  weir_heap_free_by_owner(&heap, get(LARGE), bytes(LARGE));
}

static void check_empty(void) {
  weir_heap_drain(&heap, SIZE_MAX);
  CHECK(weir_heap_check(&heap));
  CHECK_EQUAL(weir_heap_stats(&heap).used, 0);
  CHECK_EQUAL(weir_heap_stats(&heap).largest_free, weir_heap_stats(&heap).capacity);
}

static void a_small_block_comes_back_to_its_size(void) {
  for (size_t size = 1; size <= KEPT_MAX; size++) {
    start();
    void *before = get(size);
    void *block = get(size);
    void *after = get(size);
    weir_heap_free_by_owner(&heap, before, bytes(size));
    weir_heap_free_by_owner(&heap, block, bytes(size));
    CHECK(get(size) == block);
    CHECK(get(size) == before);
    CHECK_EQUAL(pending(), 0);
    CHECK(weir_heap_check(&heap));
    give_and_sort(after, size);
    CHECK(get(size) == after);
  }
}

static void other_requests_leave_it(void) {
  start();
  void *block = get(48);
  (void)get(48);
  weir_heap_free_by_owner(&heap, block, bytes(48));
  CHECK(get(40) != block);
  CHECK(get(56) != block);
  CHECK(weir_heap_try_alloc(&heap, (struct weir_layout){48, 64}) != block);
  CHECK_EQUAL(pending(), 48);
  CHECK(get(48) == block);
}

/* As many blocks as its share holds, and one that takes the last of the room. */
static void the_owner_keeps_no_more_than_a_part(void) {
  enum { SIZE = 64, BLOCKS = ARENA_BYTES / 2 / SIZE };
  start();
  size_t share = ((size_t)heap.end >> WEIR_QUICK_SHARE_LOG2) * WEIR_HEAP_GRANULE;
  void *blocks[BLOCKS];
  for (size_t i = 0; i < BLOCKS; i++)
    blocks[i] = get(SIZE);
  for (size_t i = 0; i < BLOCKS; i++)
    weir_heap_free_by_owner(&heap, blocks[i], bytes(SIZE));
  CHECK_EQUAL(weir_quick_granules(&heap) * WEIR_HEAP_GRANULE, share / SIZE * SIZE);
  CHECK(weir_heap_check(&heap));
  check_empty();
  blocks[0] = get(KEPT_MAX / 2);
  heap.base->quick.room = KEPT_MAX / 2 / WEIR_HEAP_GRANULE;
  weir_heap_free_by_owner(&heap, blocks[0], bytes(KEPT_MAX / 2));
  CHECK_EQUAL(heap.base->quick.room, 0);
}

static void a_part_is_kept_and_the_rest_is_merged(void) {
  enum { BLOCKS = ARENA_BYTES / 2 / 64 };
  start();
  void *blocks[BLOCKS];
  for (size_t i = 0; i < BLOCKS; i++)
    blocks[i] = get(64);
  for (size_t i = 0; i < BLOCKS; i++)
    weir_heap_free(&heap, blocks[i], bytes(64));
  for (size_t i = 0; i < BLOCKS; i++)
    weir_heap_free(&heap, get(LARGE), bytes(LARGE));
  CHECK(pending() <= KEPT + 2 * LARGE);
  CHECK(pending() > KEPT - 64);
  CHECK(weir_heap_check(&heap));
  check_empty();
}

static void larger_blocks_are_not_kept(void) {
  start();
  void *block = get(KEPT_MAX + 8);
  weir_heap_free_by_owner(&heap, block, bytes(KEPT_MAX + 8));
  CHECK_EQUAL(pending(), KEPT_MAX + 8);
  (void)get(16);
  CHECK_EQUAL(pending(), 0);
}

static void what_is_kept_is_drained_before_a_refusal(void) {
  start();
  size_t capacity = weir_heap_stats(&heap).capacity;
  for (size_t size = 16; size <= KEPT_MAX; size += 8)
    weir_heap_free_by_owner(&heap, get(size), bytes(size));
  CHECK(pending() > 0);
  void *all = get(capacity);
  CHECK_EQUAL(pending(), 0);
  weir_heap_free(&heap, all, bytes(capacity));
  check_empty();
}

static void a_drain_counts_what_was_kept(void) {
  start();
  void *first = get(32);
  void *second = get(64);
  weir_heap_free_by_owner(&heap, first, bytes(32));
  weir_heap_free_by_owner(&heap, second, bytes(64));
  CHECK_EQUAL(weir_heap_drain(&heap, 1), 1);
  CHECK_EQUAL(weir_heap_drain(&heap, SIZE_MAX), 1);
  check_empty();
}

static void a_block_grows_into_what_was_kept(void) {
  start();
  void *block = get(64);
  void *next = get(64);
  weir_heap_free_by_owner(&heap, next, bytes(64));
  CHECK(weir_heap_try_grow(&heap, block, bytes(64), 100));
}

/* One allocation sorts so many and no more; the rest is left for the next. */
static void an_allocation_sorts_a_bounded_number(void) {
  start();
  void *blocks[WEIR_QUICK_STEP + 5];
  for (size_t i = 0; i < WEIR_QUICK_STEP + 5; i++)
    blocks[i] = get(16);
  for (size_t i = 0; i < WEIR_QUICK_STEP + 5; i++)
    weir_heap_free(&heap, blocks[i], bytes(16));
  (void)get(64);
  CHECK_EQUAL(weir_quick_granules(&heap), WEIR_QUICK_STEP * 2);
  (void)get(64);
  CHECK_EQUAL(weir_quick_granules(&heap), (WEIR_QUICK_STEP + 5) * 2);
}

/* What it needs comes up among those that it sorts: no other block is cut. */
static void a_block_comes_back_in_the_allocation_that_sorts_it(void) {
  start();
  void *blocks[8];
  for (size_t i = 0; i < 8; i++)
    blocks[i] = get(16 + i * 8);
  for (size_t i = 0; i < 8; i++)
    weir_heap_free(&heap, blocks[i], bytes(16 + i * 8));
  CHECK(get(16) == blocks[0]);
}

static void nothing_is_kept_beside_further_regions(void) {
  static struct weir_region region;
  static _Alignas(8) unsigned char more[1024];
  start();
  CHECK_EQUAL(weir_heap_add_region(&heap, &region, more, sizeof more), WEIR_OK);
  void *block = get(48);
  weir_heap_free_by_owner(&heap, block, bytes(48));
  CHECK_EQUAL(weir_quick_granules(&heap), 0);
  (void)get(16);
  CHECK_EQUAL(weir_quick_granules(&heap), 0);
  CHECK_EQUAL(pending(), 0);
}

static void nothing_is_kept_while_somebody_waits(void) {
  start();
  struct weir_wait_queue queue;
  weir_heap_let_wait(&heap, &queue, NULL, NULL);
  size_t half = weir_heap_stats(&heap).capacity / 2;
  void *large = get(half);
  void *small = get(48);
  struct weir_alloc alloc = {0};
  CHECK_EQUAL(weir_alloc_start(&alloc, &heap, bytes(half), NULL), WEIR_PENDING);
  weir_heap_free(&heap, small, bytes(48));
  CHECK(weir_heap_try_alloc(&heap, bytes(48)) == NULL);
  CHECK_EQUAL(weir_quick_granules(&heap), 0);
  weir_heap_free(&heap, large, bytes(half));
  CHECK(weir_heap_try_alloc(&heap, bytes(48)) != NULL);
  CHECK(weir_alloc_take(&alloc) != NULL);
  CHECK(weir_heap_check(&heap));
}

static void damage_to_what_is_kept_is_seen(void) {
  start();
  void *block = get(48);
  (void)get(48);
  weir_heap_free_by_owner(&heap, block, bytes(48));
  CHECK(weir_heap_check(&heap));
  ((struct weir_pending *)block)->granules ^= 1;
  CHECK(!weir_heap_check(&heap));
  ((struct weir_pending *)block)->granules ^= 1;
  heap.base->quick.room -= 1;
  CHECK(!weir_heap_check(&heap));
}

static void who_waits_gets_what_was_kept(void) {
  start();
  struct weir_wait_queue queue;
  weir_heap_let_wait(&heap, &queue, NULL, NULL);
  void *small[64];
  size_t count = 0;
  while (count < 64 && (small[count] = weir_heap_try_alloc(&heap, bytes(128))) != NULL)
    count++;
  while (weir_heap_try_alloc(&heap, bytes(16)) != NULL)
    ;
  weir_heap_free_by_owner(&heap, small[4], bytes(128));
  weir_heap_free_by_owner(&heap, small[5], bytes(128));
  CHECK_EQUAL(pending(), 256);
  struct weir_alloc alloc = {0};
  CHECK_EQUAL(weir_alloc_start(&alloc, &heap, bytes(256), NULL), WEIR_READY);
  CHECK(weir_alloc_take(&alloc) != NULL);
  CHECK(weir_heap_check(&heap));
  CHECK_EQUAL(weir_alloc_start(&alloc, &heap, bytes(256), NULL), WEIR_PENDING);
  weir_heap_free_by_owner(&heap, small[8], bytes(128));
  weir_heap_free_by_owner(&heap, small[9], bytes(128));
  CHECK_EQUAL(weir_alloc_poll(&alloc), WEIR_READY);
  weir_alloc_drop(&alloc);
  CHECK(weir_heap_check(&heap));
}

static void a_request_that_a_kept_block_suits_does_not_wait(void) {
  start();
  struct weir_wait_queue queue;
  weir_heap_let_wait(&heap, &queue, NULL, NULL);
  void *block = get(48);
  while (weir_heap_try_alloc(&heap, bytes(16)) != NULL)
    ;
  weir_heap_free_by_owner(&heap, block, bytes(48));
  struct weir_alloc alloc = {0};
  CHECK_EQUAL(weir_alloc_start(&alloc, &heap, bytes(48), NULL), WEIR_READY);
  CHECK(weir_alloc_take(&alloc) == block);
  CHECK_EQUAL(weir_heap_stats(&heap).wait.grants, 0);
}

#if WEIR_CHECKS

static void free_48(void *pointer) { weir_heap_free(&heap, pointer, bytes(48)); }
static void free_48_by_owner(void *pointer) { weir_heap_free_by_owner(&heap, pointer, bytes(48)); }

static void get_48(void *context) {
  (void)context;
  (void)weir_heap_try_alloc(&heap, bytes(48));
}

static void a_second_free_is_seen(void) {
  start();
  void *block = get(48);
  (void)get(48);
  weir_heap_free_by_owner(&heap, block, bytes(48));
  CHECK_FATAL(free_48, block, WEIR_FATAL_DOUBLE_FREE, block);
  CHECK_FATAL(free_48_by_owner, block, WEIR_FATAL_DOUBLE_FREE, block);
  CHECK(get(48) == block);
}

static void a_write_to_what_is_kept_is_seen(void) {
  start();
  void *first = get(48);
  unsigned char *second = get(48);
  (void)get(48);
  weir_heap_free_by_owner(&heap, first, bytes(48));
  weir_heap_free_by_owner(&heap, second, bytes(48));
  second[0] ^= 1;
  CHECK_FATAL(get_48, NULL, WEIR_FATAL_WRITE_AFTER_FREE, second);
  CHECK(get(48) != first); /* lost with its list */
  weir_heap_drain(&heap, SIZE_MAX);
  CHECK_EQUAL(pending(), 0);
  CHECK(weir_heap_check(&heap));
}

#endif

int main(void) {
  RUN(a_small_block_comes_back_to_its_size);
  RUN(other_requests_leave_it);
  RUN(the_owner_keeps_no_more_than_a_part);
  RUN(a_part_is_kept_and_the_rest_is_merged);
  RUN(larger_blocks_are_not_kept);
  RUN(what_is_kept_is_drained_before_a_refusal);
  RUN(a_drain_counts_what_was_kept);
  RUN(a_block_grows_into_what_was_kept);
  RUN(an_allocation_sorts_a_bounded_number);
  RUN(a_block_comes_back_in_the_allocation_that_sorts_it);
  RUN(nothing_is_kept_beside_further_regions);
  RUN(nothing_is_kept_while_somebody_waits);
  RUN(damage_to_what_is_kept_is_seen);
  RUN(who_waits_gets_what_was_kept);
  RUN(a_request_that_a_kept_block_suits_does_not_wait);
#if WEIR_CHECKS
  RUN(a_second_free_is_seen);
  RUN(a_write_to_what_is_kept_is_seen);
#endif
  return check_summary("heap_quick");
}
