/* The most that an operation of weir ever cost, over lives that are meant to be bad: many arenas,
 * many mixtures of sizes, nearly full, with and without alignments above the granule.
 *
 *   bound alloc INSTRUCTIONS     with nothing to drain
 *   bound aligned INSTRUCTIONS   the same, aligned above the granule
 *   bound free INSTRUCTIONS      the drain of one block */
#include "allocator.h"
#include "count.h"
#include "output.h"
#include "random.h"

#define BLOCKS 4096
#define TURNS 4000
#define MIXTURES 6
#define REFUSALS 40 /* in a row, after which blocks are freed again */

static const uint32_t arenas[] = {1024, 4096, 16384, 65536, 262144};

static _Alignas(64) unsigned char arena[262144];

static struct {
  void *pointer;
  uint32_t size, align;
} blocks[BLOCKS];
static uint32_t count;

static uint32_t most_alloc, most_aligned, most_free;

static uint32_t size_of(struct random *random, uint32_t mixture, uint32_t bytes) {
  switch (mixture) {
  case 0:
    return 16 + 8 * random_below(random, 3);
  case 1:
    return random_between(random, 1, 128);
  case 2:
    return random_between(random, 100, 180);
  case 3:
    return random_between(random, 16, 1024);
  case 4:
    return random_between(random, 1, bytes / 8);
  default:
    return random_between(random, 1, UINT32_C(16) << random_below(random, 14));
  }
}

static void note(uint32_t *most, uint32_t instructions) {
  if (instructions > *most)
    *most = instructions;
}

static void free_any(struct random *random) {
  uint32_t index = random_below(random, count);
  bench_free(blocks[index].pointer, blocks[index].size, blocks[index].align);
  blocks[index] = blocks[--count];
  uint32_t from = count_now();
  bench_settle();
  note(&most_free, count_since(from));
}

static bool allocate(uint32_t size, uint32_t align) {
  uint32_t from = count_now();
  void *pointer = bench_alloc(size, align);
  uint32_t instructions = count_since(from);
  note(align > WEIR_HEAP_GRANULE ? &most_aligned : &most_alloc, instructions);
  if (pointer == NULL)
    return false;
  blocks[count].pointer = pointer;
  blocks[count].size = size;
  blocks[count++].align = align;
  return true;
}

static void live(struct random *random, uint32_t bytes, uint32_t mixture, bool aligned) {
  uint32_t refused = 0;
  count = 0;
  if (!bench_start(arena, bytes))
    output_fail("arena", "the heap cannot live in it");
  for (uint32_t turn = 0; turn < TURNS; turn++) {
    uint32_t size = size_of(random, mixture, bytes);
    uint32_t align = aligned && turn % 4 == 0 ? UINT32_C(16) << random_below(random, 4) : 8;
    if (count != BLOCKS && allocate(size, align)) {
      if (count > 1 && random_below(random, 3) == 0)
        free_any(random);
      continue;
    }
    refused++;
    for (uint32_t freed = random_below(random, 1 + count * (refused % REFUSALS == 0)); freed > 0;
         freed--)
      free_any(random);
    if (count > 0)
      free_any(random);
  }
}

static void write_most(const char *operation, uint32_t most) {
  output_word("bound");
  output_word(operation);
  output_number(most);
  output_line();
}

int main(void) {
  struct random random = random_start(7);
  if (!count_calibrate())
    output_fail("clock", "does not count instructions exactly: run with -icount shift=7");
  for (uint32_t at = 0; at < sizeof arenas / sizeof arenas[0]; at++)
    for (uint32_t mixture = 0; mixture < MIXTURES; mixture++) {
      live(&random, arenas[at], mixture, false);
      live(&random, arenas[at], mixture, true);
    }
  write_most("alloc", most_alloc);
  write_most("aligned", most_aligned);
  write_most("free", most_free);
  output_word("done");
  output_line();
  return 0;
}
