/* What only weir's own inside can tell: bytes of control data, and the push alone.
 *
 *   control STRUCT ARENA TAGS    bytes in struct weir_heap; in the arena before the first block,
 * tags included; in the tags (64 KiB arena) push INSTRUCTIONS            of the push of a freed
 * block, checks and statistics aside masked INSTRUCTIONS          executed while interrupts are
 * masked, where the push masks them */
#include "count.h"
#include "output.h"

#include "deferred.h"
#include "tags.h"

#define ARENA (64u * 1024)
#define PUSHES 64

static _Alignas(16) unsigned char arena[ARENA];
static struct weir_heap heap;

/* The port for the measurement: between the two there is what the library executes masked. The real
 * one costs three more: the return of the first, the call of the second, and the unmasking. */
#define MASKING_INSTRUCTIONS 3

static uint32_t masked_from;
static uint32_t masked;

weir_port_mask weir_port_critical_enter(void) {
  masked_from = count_now();
  return 0;
}

void weir_port_critical_leave(weir_port_mask before) {
  (void)before;
  masked = count_since(masked_from);
}

static void output_control(void) {
  output_word("control");
  output_number(sizeof heap);
  output_number(
      ((uint32_t)((uintptr_t)heap.base - (uintptr_t)arena) + heap.first * WEIR_HEAP_GRANULE));
  output_number(weir_tags_words(heap.end) * (uint32_t)sizeof(uint32_t));
  output_line();
}

/* By itself, as a function. */
static __attribute__((noinline)) void push(struct weir_pending *node) {
  weir_deferred_push(&heap, node);
}

static uint32_t longest_push(void) {
  uint32_t longest = 0;
  for (int i = 0; i < PUSHES; i++) {
    struct weir_pending *node = weir_heap_try_alloc(&heap, (struct weir_layout){16, 8});
    node->granules = 2;
    uint32_t from = count_now();
    push(node);
    uint32_t instructions = count_since(from);
    if (instructions > longest)
      longest = instructions;
  }
  return longest;
}

int main(void) {
  if (!count_calibrate())
    output_fail("clock", "does not count instructions exactly: run with -icount shift=7");
  if (weir_heap_init(&heap, arena, sizeof arena) != WEIR_OK)
    output_fail("arena", "the heap cannot live in it");
  output_control();
  uint32_t push = longest_push();
  weir_port_mask before = weir_port_critical_enter();
  weir_port_critical_leave(before);
  uint32_t empty = masked;
  (void)longest_push();
  output_word("push");
  output_number(push);
  output_line();
  output_word("masked");
  output_number(masked == empty ? 0 : masked - empty + MASKING_INSTRUCTIONS);
  output_line();
  output_word("done");
  output_line();
  return 0;
}
