/* What it takes to notice each mistake, from the call that makes or meets it to weir_fatal.
 *
 *   detect MISTAKE INSTRUCTIONS */
#include <setjmp.h>
#include <stddef.h>

#include "count.h"
#include "output.h"

#include "weir/fatal.h"
#include "weir/heap.h"

#define MANY ((size_t)16)

static _Alignas(16) unsigned char arena[65536];
static struct weir_heap heap;
static jmp_buf mistaken;
static uint32_t from;
static uint32_t took;

_Noreturn void weir_fatal(enum weir_fatal_kind kind, const void *pointer) {
  took = count_since(from);
  (void)kind, (void)pointer;
  longjmp(mistaken, 1);
}

static struct weir_layout bytes(size_t size) { return (struct weir_layout){size, 8}; }

static void free_as(void *pointer, size_t size) { weir_heap_free(&heap, pointer, bytes(size)); }

static void foreign(unsigned char *block) {
  (void)block;
  free_as(&heap, 48);
}

static void misaligned(unsigned char *block) { free_as(block + 4, 48); }

static void inside_a_block(unsigned char *block) { free_as(block + 16, 32); }

static void wrong_size(unsigned char *block) { free_as(block, 64); }

static void free_twice(unsigned char *block) {
  free_as(block, 48);
  from = count_now();
  free_as(block, 48);
}

static void free_twice_with_a_drain_between(unsigned char *block) {
  free_as(block, 48);
  weir_heap_drain(&heap, MANY);
  from = count_now();
  free_as(block, 48);
}

static void write_after_free(unsigned char *block) {
  free_as(block, 48);
  block[8] ^= 1;
  from = count_now();
  weir_heap_drain(&heap, MANY);
}

static const struct {
  const char *name;
  void (*make)(unsigned char *block);
} mistakes[] = {
    {"foreign", foreign},
    {"misaligned", misaligned},
    {"inside", inside_a_block},
    {"wrong_size", wrong_size},
    {"double_free_pending", free_twice},
    {"double_free_drained", free_twice_with_a_drain_between},
    {"write_after_free", write_after_free},
};

int main(void) {
  if (!count_calibrate())
    output_fail("clock", "does not count instructions exactly: run with -icount shift=7");
  for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
    if (weir_heap_init(&heap, arena, sizeof arena) != WEIR_OK)
      output_fail("arena", "the heap cannot live in it");
    unsigned char *block = weir_heap_try_alloc(&heap, bytes(48));
    if (setjmp(mistaken) == 0) {
      from = count_now();
      mistakes[i].make(block);
      output_fail(mistakes[i].name, "was not noticed");
    }
    output_word("detect");
    output_word(mistakes[i].name);
    output_number(took);
    output_line();
  }
  output_word("done");
  output_line();
  return 0;
}
