/* One heap over several arenas: each request is served from the first that can, whatever is given
 * back finds the way home, and nothing of one arena ever touches another. */
#include "check.h"

#include "weir/alloc.h"
#include "weir/fatal.h"

#include "config.h"

#define REGIONS 3u
#define BLOCKS 96u
#define TURNS 6000u

static _Alignas(64) unsigned char arenas[REGIONS][2048];
static struct weir_heap heap;
static struct weir_region regions[REGIONS - 1];
static size_t capacity; /* of the smallest */

static struct {
  unsigned char *pointer;
  struct weir_layout layout;
  unsigned char fill;
} blocks[BLOCKS];

static struct weir_layout bytes(size_t size) { return (struct weir_layout){size, 1}; }

/* Sizes differ, and the last is not where its array begins. */
static void start(void) {
  CHECK_EQUAL(weir_heap_init(&heap, arenas[1], 1024), WEIR_OK);
  capacity = weir_heap_stats(&heap).capacity;
  CHECK_EQUAL(weir_heap_add_region(&heap, &regions[0], arenas[0], 2048), WEIR_OK);
  CHECK_EQUAL(weir_heap_add_region(&heap, &regions[1], arenas[2] + 5, 1700), WEIR_OK);
  for (unsigned i = 0; i < BLOCKS; i++)
    blocks[i].pointer = NULL;
}

static unsigned region_of(const void *pointer) {
  for (unsigned i = 0; i < REGIONS; i++)
    if ((uintptr_t)pointer - (uintptr_t)arenas[i] < sizeof arenas[i])
      return i;
  return REGIONS;
}

static void check_empty(void) {
  weir_heap_drain(&heap, SIZE_MAX);
  struct weir_heap_stats stats = weir_heap_stats(&heap);
  CHECK_EQUAL(stats.used, 0);
  CHECK_EQUAL(stats.pending_free, 0);
  CHECK(weir_heap_check(&heap));
}

static void the_first_that_can_serves(void) {
  start();
  void *first = weir_heap_try_alloc(&heap, bytes(capacity));
  void *second = weir_heap_try_alloc(&heap, bytes(1400));
  void *third = weir_heap_try_alloc(&heap, bytes(1000));
  CHECK_EQUAL(region_of(first), 1);
  CHECK_EQUAL(region_of(second), 0);
  CHECK_EQUAL(region_of(third), 2);
  CHECK(weir_heap_try_alloc(&heap, bytes(1400)) == NULL);
  CHECK_EQUAL(weir_heap_stats(&heap).refusals, 1);
  weir_heap_free(&heap, second, bytes(1400));
  CHECK_EQUAL(weir_heap_stats(&heap).pending_free, 1400);
  void *again = weir_heap_try_alloc(&heap, bytes(1400));
  CHECK(again == second);
  weir_heap_free(&heap, third, bytes(1000));
  weir_heap_free(&heap, first, bytes(capacity));
  weir_heap_free(&heap, again, bytes(1400));
  CHECK_EQUAL(weir_heap_drain(&heap, 1), 1);
  CHECK_EQUAL(weir_heap_drain(&heap, SIZE_MAX), 2);
  check_empty();
}

static void what_only_a_later_one_could_hold_is_no_mistake(void) {
  start();
  CHECK(weir_heap_could_hold(&heap, bytes(1400)));
  CHECK(!weir_heap_could_hold(&heap, bytes(2048)));
  CHECK(weir_heap_try_alloc(&heap, bytes(2048)) == NULL);
  struct weir_heap_stats stats = weir_heap_stats(&heap);
  CHECK(stats.capacity > 1400 + 2 * capacity && stats.largest_free > 1400);
}

static void a_region_that_is_none_changes_nothing(void) {
  static struct weir_region none;
  start();
  struct weir_heap_stats before = weir_heap_stats(&heap);
  CHECK_EQUAL(weir_heap_add_region(&heap, &none, arenas[1] + 1024, 16), WEIR_ARENA_TOO_SMALL);
  CHECK_EQUAL(weir_heap_stats(&heap).capacity, before.capacity);
}

static void who_waits_is_served_from_any(void) {
  struct weir_wait_queue queue;
  struct weir_alloc alloc = {0};
  start();
  weir_heap_let_wait(&heap, &queue, NULL, NULL);
  void *held[] = {weir_heap_try_alloc(&heap, bytes(capacity)),
                  weir_heap_try_alloc(&heap, bytes(1400)), weir_heap_try_alloc(&heap, bytes(1000))};
  CHECK(weir_alloc_start(&alloc, &heap, bytes(900), NULL) == WEIR_PENDING);
  weir_heap_free(&heap, held[2], bytes(1000));
  CHECK(weir_alloc_poll(&alloc) == WEIR_READY);
  CHECK_EQUAL(region_of(alloc.waiter.memory), 2);
  weir_alloc_drop(&alloc);
  weir_heap_free(&heap, held[0], bytes(capacity));
  weir_heap_free(&heap, held[1], bytes(1400));
  check_empty();
}

static void free_block(void *context) { weir_heap_free(&heap, context, bytes(64)); }

static void mistakes_are_seen_in_each(void) {
#if WEIR_CHECKS
  static unsigned char outside[64];
  start();
  CHECK(weir_heap_try_alloc(&heap, bytes(capacity)) != NULL);
  unsigned char *second = weir_heap_try_alloc(&heap, bytes(64));
  CHECK_EQUAL(region_of(second), 0);
  CHECK_FATAL(free_block, outside, WEIR_FATAL_FOREIGN, outside);
  CHECK_FATAL(free_block, arenas[2], WEIR_FATAL_FOREIGN, arenas[2]);
  CHECK_FATAL(free_block, second + 8, WEIR_FATAL_DOUBLE_FREE, second + 8);
  weir_heap_free(&heap, second, bytes(64));
  CHECK_FATAL(free_block, second, WEIR_FATAL_DOUBLE_FREE, second);
#else
  (void)free_block;
#endif
}

static uint32_t next_random(uint32_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 17;
  *state ^= *state << 5;
  return *state >> 4;
}

static void check_contents(unsigned i) {
  bool intact = true;
  for (size_t at = 0; at < blocks[i].layout.size; at++)
    intact &= blocks[i].pointer[at] == blocks[i].fill;
  CHECK(intact);
}

static void fill(unsigned i) {
  blocks[i].fill = (unsigned char)(i * 37 + blocks[i].layout.size);
  for (size_t at = 0; at < blocks[i].layout.size; at++)
    blocks[i].pointer[at] = blocks[i].fill;
}

static void take(unsigned i, struct weir_layout layout) {
  blocks[i].layout = layout;
  blocks[i].pointer = weir_heap_try_alloc(&heap, layout);
  if (blocks[i].pointer == NULL) {
    struct weir_heap_stats stats = weir_heap_stats(&heap);
    CHECK_EQUAL(stats.pending_free, 0);
    CHECK(stats.largest_free < layout.size + layout.size / 8 + layout.align + 16);
    return;
  }
  unsigned char *end = blocks[i].pointer + layout.size;
  CHECK_EQUAL((uintptr_t)blocks[i].pointer % layout.align, 0);
  CHECK(region_of(blocks[i].pointer) < REGIONS);
  CHECK_EQUAL(region_of(blocks[i].pointer), region_of(end - (layout.size != 0)));
  fill(i);
}

static void change(unsigned i, size_t new_size) {
  if (new_size < blocks[i].layout.size) {
    weir_heap_shrink(&heap, blocks[i].pointer, blocks[i].layout, new_size);
    blocks[i].layout.size = new_size;
  } else if (weir_heap_try_grow(&heap, blocks[i].pointer, blocks[i].layout, new_size)) {
    blocks[i].layout.size = new_size;
  }
  fill(i);
}

/* Contents are the model: whatever is handed out twice, or merged across a gap, spoils them. */
static void a_long_life(void) {
  uint32_t state = 12345;
  start();
  for (unsigned turn = 0; turn < TURNS; turn++) {
    unsigned i = next_random(&state) % BLOCKS;
    size_t size = next_random(&state) % (turn % 7 == 0 ? 600 : 90);
    if (blocks[i].pointer == NULL) {
      take(i, (struct weir_layout){size, (size_t)1 << next_random(&state) % 6});
    } else {
      check_contents(i);
      if (turn % 3 == 0) {
        change(i, size);
      } else {
        if (i % 2 == 0)
          weir_heap_free(&heap, blocks[i].pointer, blocks[i].layout);
        else
          weir_heap_free_by_owner(&heap, blocks[i].pointer, blocks[i].layout);
        blocks[i].pointer = NULL;
      }
    }
    if (turn % 16 == 0)
      CHECK(weir_heap_check(&heap));
  }
  for (unsigned i = 0; i < BLOCKS; i++)
    if (blocks[i].pointer != NULL) {
      check_contents(i);
      weir_heap_free(&heap, blocks[i].pointer, blocks[i].layout);
    }
  check_empty();
}

#if __STDC_HOSTED__ && WEIR_HEAP_LINK_BITS == 32
/* From the smallest block to nearly all of 16 MiB. */
static void an_arena_of_16_mib(void) {
  static unsigned char large[16u << 20];
  CHECK_EQUAL(weir_heap_init(&heap, large, sizeof large), WEIR_OK);
  size_t all = weir_heap_stats(&heap).capacity;
  CHECK(all > sizeof large / 100 * 98);
  for (size_t size = 16; size <= all / 2; size *= 2) {
    void *low = weir_heap_try_alloc(&heap, bytes(size));
    void *high = weir_heap_try_alloc(&heap, (struct weir_layout){size, 4096});
    CHECK(low != NULL && (high != NULL || size > all / 4));
    CHECK_EQUAL((uintptr_t)high % 4096, 0);
    weir_heap_free(&heap, high, (struct weir_layout){size, 4096});
    weir_heap_free(&heap, low, bytes(size));
  }
  weir_heap_drain(&heap, SIZE_MAX);
  void *whole = weir_heap_try_alloc(&heap, bytes(all));
  CHECK(whole != NULL);
  weir_heap_free(&heap, whole, bytes(all));
  check_empty();
}
#endif

int main(void) {
  RUN(the_first_that_can_serves);
  RUN(what_only_a_later_one_could_hold_is_no_mistake);
  RUN(a_region_that_is_none_changes_nothing);
  RUN(who_waits_is_served_from_any);
  RUN(mistakes_are_seen_in_each);
  RUN(a_long_life);
#if __STDC_HOSTED__ && WEIR_HEAP_LINK_BITS == 32
  RUN(an_arena_of_16_mib);
#endif
  return check_summary("heap_regions");
}
