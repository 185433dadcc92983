/* Each mistake with a layout or a pointer ends in weir_fatal with its name, before it does harm. */
#include "check.h"

#include "weir/fatal.h"
#include "weir/heap.h"

#include "config.h"
#include "deferred.h"

static _Alignas(64) unsigned char arena[8192];
static struct weir_heap heap;

static struct weir_layout bytes(size_t size) { return (struct weir_layout){size, 1}; }

static void start(void) { CHECK_EQUAL(weir_heap_init(&heap, arena, sizeof arena), WEIR_OK); }

struct claim {
  void *pointer;
  struct weir_layout layout;
};

static void free_claim(void *context) {
  const struct claim *claim = context;
  weir_heap_free(&heap, claim->pointer, claim->layout);
}

static void free_claim_by_owner(void *context) {
  const struct claim *claim = context;
  weir_heap_free_by_owner(&heap, claim->pointer, claim->layout);
}

static void grow_claim(void *context) {
  const struct claim *claim = context;
  (void)weir_heap_try_grow(&heap, claim->pointer, claim->layout, claim->layout.size * 2);
}

static void shrink_claim(void *context) {
  const struct claim *claim = context;
  weir_heap_shrink(&heap, claim->pointer, claim->layout, 16);
}

static void drain_all(void *context) {
  (void)context;
  weir_heap_drain(&heap, SIZE_MAX);
}

static void expect_free(void *pointer, struct weir_layout layout, enum weir_fatal_kind kind) {
  struct claim claim = {pointer, layout};
  CHECK_FATAL(free_claim, &claim, kind, pointer);
  CHECK_FATAL(free_claim_by_owner, &claim, kind, pointer);
}

/* A block of `size` bytes with live neighbours on both sides, and free memory after those. */
static unsigned char *between_others(size_t size) {
  start();
  CHECK(weir_heap_try_alloc(&heap, bytes(32)) != NULL);
  unsigned char *block = weir_heap_try_alloc(&heap, bytes(size));
  CHECK(weir_heap_try_alloc(&heap, bytes(32)) != NULL);
  CHECK(block != NULL);
  return block;
}

static void a_second_free_before_the_drain(void) {
  for (size_t size = 16; size <= 2048; size *= 2) {
    unsigned char *block = between_others(size);
    void *other = weir_heap_try_alloc(&heap, bytes(16));
    weir_heap_free(&heap, block, bytes(size));
    expect_free(block, bytes(size), WEIR_FATAL_DOUBLE_FREE);
    weir_heap_free(&heap, other, bytes(16));
    expect_free(block, bytes(size), WEIR_FATAL_DOUBLE_FREE);
    CHECK_EQUAL(weir_heap_drain(&heap, SIZE_MAX), 2);
    CHECK(weir_heap_check(&heap));
  }
}

static void a_second_free_while_half_drained(void) {
  start();
  void *first = weir_heap_try_alloc(&heap, bytes(16));
  void *second = weir_heap_try_alloc(&heap, bytes(16));
  weir_heap_free(&heap, first, bytes(16));
  weir_heap_free(&heap, second, bytes(16));
  weir_heap_drain(&heap, 1);
  expect_free(first, bytes(16), WEIR_FATAL_DOUBLE_FREE);
  expect_free(second, bytes(16), WEIR_FATAL_DOUBLE_FREE);
}

static void a_second_free_after_the_drain(void) {
  for (size_t size = 16; size <= 2048; size += 8) {
    unsigned char *block = between_others(size);
    weir_heap_free(&heap, block, bytes(size));
    weir_heap_drain(&heap, SIZE_MAX);
    expect_free(block, bytes(size), WEIR_FATAL_DOUBLE_FREE);
  }
}

static void a_second_free_after_it_was_merged(void) {
  start();
  unsigned char *blocks[3];
  for (int i = 0; i < 3; i++)
    blocks[i] = weir_heap_try_alloc(&heap, bytes(48));
  for (int i = 0; i < 3; i++)
    weir_heap_free(&heap, blocks[i], bytes(48));
  weir_heap_drain(&heap, SIZE_MAX);
  for (int i = 0; i < 3; i++)
    expect_free(blocks[i], bytes(48), WEIR_FATAL_DOUBLE_FREE);
  CHECK(weir_heap_check(&heap));
}

static void every_pointer_into_a_block(void) {
  unsigned char *block = between_others(256);
  for (size_t offset = 1; offset < 256; offset++) {
    enum weir_fatal_kind kind = WEIR_FATAL_MISALIGNED;
    if (offset % WEIR_HEAP_GRANULE == 0)
      kind = offset == 248 ? WEIR_FATAL_WRONG_SIZE : WEIR_FATAL_DOUBLE_FREE;
    expect_free(block + offset, bytes(256 - offset), kind);
  }
  weir_heap_free(&heap, block, bytes(256));
}

static void every_wrong_size(void) {
  static const size_t sizes[] = {16, 24, 64, 248, 256, 264, 520, 1024};
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    unsigned char *block = between_others(sizes[i]);
    for (size_t claim = 0; claim < sizeof arena + 64; claim++) {
      size_t rounded = claim <= 16 ? 16 : (claim + 7) / 8 * 8;
      if (rounded == sizes[i])
        continue; /* the neighbours are short: no claim falls into the documented gap */
      expect_free(block, bytes(claim), WEIR_FATAL_WRONG_SIZE);
    }
    expect_free(block, bytes(SIZE_MAX), WEIR_FATAL_WRONG_SIZE);
    expect_free(block, bytes(sizes[i] + 8), WEIR_FATAL_WRONG_SIZE);
    weir_heap_free(&heap, block, bytes(sizes[i]));
    weir_heap_drain(&heap, SIZE_MAX);
    CHECK(weir_heap_check(&heap));
  }
}

/* What a program is likely to write: the same value into both halves of the link, and more. */
static void a_value_written_over_the_link(void) {
  static const uint32_t values[] = {0,
                                    1,
                                    640,
                                    0xff,
                                    0x10001,
                                    0x01010101,
                                    1000,
                                    0x7fffffff,
                                    0xffff0000,
                                    UINT32_MAX,
                                    0x80000000 /* -0.0f */,
                                    0x8000,
                                    0x40000000};
  for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
    for (int more = 0; more < 2; more++) {
      unsigned char *block = between_others(136);
      void *other = weir_heap_try_alloc(&heap, bytes(136));
      if (more != 0) /* the node below it in the list, which leads somewhere */
        weir_heap_free(&heap, other, bytes(136));
      weir_heap_free(&heap, block, bytes(136));
      uint32_t *words = (void *)block;
      bool changed = false;
      for (size_t word = 0; word < sizeof(void *) / sizeof *words; word++) {
        changed |= words[word] != values[i];
        words[word] = values[i];
      }
      if (changed)
        CHECK_FATAL(drain_all, NULL, WEIR_FATAL_WRITE_AFTER_FREE, block);
    }
}

/* Two numbers of opposite sign over the link of the only node. */
static void a_pair_written_over_the_link(void) {
  static const uint32_t pairs[][2] = {
      {0x40000000, 0xc0000000}, {0xc0000000, 0x40000000}, {1, UINT32_MAX},
      {UINT32_MAX, 1},          {0x80000000, 0},          {0, 0x80000000},
  };
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
    unsigned char *block = between_others(136);
    weir_heap_free(&heap, block, bytes(136));
    uint32_t *words = (void *)block;
    bool changed = false;
    for (size_t word = 0; word < sizeof(void *) / sizeof *words; word++) {
      changed |= words[word] != pairs[i][word];
      words[word] = pairs[i][word];
    }
    if (changed)
      CHECK_FATAL(drain_all, NULL, WEIR_FATAL_WRITE_AFTER_FREE, block);
  }
}

static void a_pointer_from_elsewhere(void) {
  static unsigned char outside[64];
  start();
  unsigned char *past = arena + sizeof arena;
  expect_free(outside, bytes(16), WEIR_FATAL_FOREIGN);
  expect_free(arena, bytes(16), WEIR_FATAL_FOREIGN);
  expect_free(past, bytes(16), WEIR_FATAL_FOREIGN);
  void *odd = &heap;
  expect_free(odd, bytes(16), WEIR_FATAL_FOREIGN);
}

/* The granule before the first block is fenced by the tag of a live one: with the first granule of
 * a block behind it, that looks like a smallest block. */
static void a_pointer_right_before_the_first_block(void) {
  start();
  unsigned char *lowest = arena + sizeof arena;
  for (;;) {
    unsigned char *block = weir_heap_try_alloc(&heap, bytes(16));
    if (block == NULL)
      break;
    lowest = block < lowest ? block : lowest;
  }
  expect_free(lowest - WEIR_HEAP_GRANULE, bytes(16), WEIR_FATAL_FOREIGN);
}

static void an_alignment_that_the_block_does_not_have(void) {
  start();
  unsigned char *block = weir_heap_try_alloc(&heap, (struct weir_layout){64, 64});
  unsigned char *after = weir_heap_try_alloc(&heap, bytes(40));
  unsigned char *third = weir_heap_try_alloc(&heap, bytes(40));
  unsigned char *odd = (uintptr_t)after % 64 != 0 ? after : third;
  struct weir_layout claim = {40, 64};
  expect_free(odd, claim, WEIR_FATAL_MISALIGNED);
  claim.align = 0;
  expect_free(odd, claim, WEIR_FATAL_MISALIGNED);
  weir_heap_free(&heap, block, (struct weir_layout){64, 64});
}

static void growing_and_shrinking_look_first(void) {
  unsigned char *block = between_others(64);
  struct claim claim = {block, bytes(48)};
  CHECK_FATAL(grow_claim, &claim, WEIR_FATAL_WRONG_SIZE, block);
  CHECK_FATAL(shrink_claim, &claim, WEIR_FATAL_WRONG_SIZE, block);
  weir_heap_free(&heap, block, bytes(64));
  claim.layout.size = 64;
  CHECK_FATAL(shrink_claim, &claim, WEIR_FATAL_DOUBLE_FREE, block);
}

/* Whatever byte of the node is changed, and however: the drain sees it, loses what it cannot trust,
 * and leaves a heap that still works. */
static void a_write_after_free(void) {
  for (size_t at = 0; at < sizeof(struct weir_pending); at++)
    for (unsigned flip = 1; flip < 256; flip++) {
      unsigned char *block = between_others(48);
      weir_heap_free(&heap, block, bytes(48));
      block[at] = (unsigned char)(block[at] ^ flip);
      CHECK_FATAL(drain_all, NULL, WEIR_FATAL_WRITE_AFTER_FREE, block);
      CHECK_EQUAL(weir_heap_drain(&heap, SIZE_MAX), 0);
      CHECK(weir_heap_check(&heap));
      CHECK(weir_heap_try_alloc(&heap, bytes(16)) != NULL);
    }
}

static void a_block_wiped_after_free(void) {
  for (unsigned value = 0; value < 256; value += 51) {
    unsigned char *block = between_others(48);
    weir_heap_free(&heap, block, bytes(48));
    for (size_t i = 0; i < 48; i++)
      block[i] = (unsigned char)value;
    CHECK_FATAL(drain_all, NULL, WEIR_FATAL_WRITE_AFTER_FREE, block);
  }
}

/* What a user may do with a block never looks like a mistake. */
static void no_contents_of_a_block_are_a_mistake(void) {
  start();
  for (unsigned round = 0; round < 300; round++) {
    unsigned char *block = weir_heap_try_alloc(&heap, bytes(24 + round % 5 * 8));
    for (size_t i = 0; round % 3 != 0 && i < 24; i++)
      block[i] = (unsigned char)(round % 3 == 1 ? 0 : round * 31 + i * 7);
    weir_heap_free(&heap, block, bytes(24 + round % 5 * 8));
  }
  weir_heap_drain(&heap, SIZE_MAX);
  CHECK(weir_heap_check(&heap));
}

/* Two blocks side by side, the lower one first. */
static void pair(size_t size, unsigned char **low, unsigned char **high) {
  unsigned char *first = weir_heap_try_alloc(&heap, bytes(size));
  unsigned char *second = weir_heap_try_alloc(&heap, bytes(size));
  *low = first < second ? first : second;
  *high = first < second ? second : first;
  CHECK(*low + size == *high);
}

/* The size of two blocks for the first of them, at every place a block can have among the tags. */
static void a_size_that_ends_where_the_next_block_ends(void) {
  for (size_t size = 16; size <= 256; size += 8)
    for (size_t place = 0; place < 32; place++) {
      unsigned char *low;
      unsigned char *high;
      start();
      CHECK(weir_heap_try_alloc(&heap, bytes(size > 128 ? 136 + place * 8 : 16 + place * 8)) !=
            NULL);
      pair(size, &low, &high);
      expect_free(low, bytes(2 * size), WEIR_FATAL_WRONG_SIZE);
      weir_heap_free(&heap, low, bytes(size));
      weir_heap_free(&heap, high, bytes(size));
    }
}

/* As after a reset that keeps the memory: the blocks of the heap before lie there, sealed. Blocks
 * that are not small are cut from the high end, where nothing is written over what they were. */
static void an_arena_with_old_nodes_in_it(void) {
  unsigned char *low;
  unsigned char *high;
  unsigned char *high_again;
  start();
  pair(136, &low, &high);
  weir_heap_free(&heap, high, bytes(136));
  start();
  pair(136, &low, &high_again);
  CHECK(high_again == high);
  weir_heap_free(&heap, high, bytes(136));
  CHECK_EQUAL(weir_heap_drain(&heap, SIZE_MAX), 1);
}

/* A user who happens to write what the list wrote, and leaves the rest as it was. */
static void a_block_that_looks_like_the_node_it_was(void) {
  unsigned char *low;
  unsigned char *high;
  unsigned char *high_again;
  start();
  pair(136, &low, &high);
  weir_heap_free(&heap, low, bytes(136));
  weir_heap_drain(&heap, 1);
  weir_heap_free(&heap, high, bytes(136));
  weir_heap_drain(&heap, 1);
  pair(136, &low, &high_again);
  CHECK(high_again == high);
  struct weir_pending *user = (void *)high;
  user->next = NULL;
  user->granules = 136 / WEIR_HEAP_GRANULE;
  weir_heap_free(&heap, high, bytes(136));
  CHECK_EQUAL(weir_heap_drain(&heap, SIZE_MAX), 1);
}

/* Wherever the next node was: a link that differs from the node's address by the size, turned as
 * the seal turns it, is what would make a seal of 0. */
static void a_broken_seal_is_none(void) {
  struct weir_pending *node = (void *)arena;
  for (uint32_t granules = 2; granules < 0x10000; granules++) {
    node->granules = granules;
    weir_seal_link(node, (void *)((uintptr_t)node ^ (uintptr_t)granules << 16),
                   weir_seal_base(node));
    CHECK(weir_seal_is_node(node, granules));
    weir_seal_break(node);
    CHECK(!weir_seal_is_node(node, granules));
  }
}

int main(void) {
  RUN(a_second_free_before_the_drain);
  RUN(a_second_free_while_half_drained);
  RUN(a_second_free_after_the_drain);
  RUN(a_second_free_after_it_was_merged);
  RUN(every_pointer_into_a_block);
  RUN(every_wrong_size);
  RUN(a_size_that_ends_where_the_next_block_ends);
  RUN(a_pointer_from_elsewhere);
  RUN(a_pointer_right_before_the_first_block);
  RUN(an_alignment_that_the_block_does_not_have);
  RUN(growing_and_shrinking_look_first);
  RUN(a_write_after_free);
  RUN(a_value_written_over_the_link);
  RUN(a_pair_written_over_the_link);
  RUN(a_block_wiped_after_free);
  RUN(an_arena_with_old_nodes_in_it);
  RUN(a_block_that_looks_like_the_node_it_was);
  RUN(no_contents_of_a_block_are_a_mistake);
  RUN(a_broken_seal_is_none);
  return check_summary("heap_detect");
}
