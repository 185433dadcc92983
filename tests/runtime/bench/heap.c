/* Executed instructions of the heap's operations, on a Cortex-M under QEMU's instruction count.
 *
 *   uniform       64 KiB, sizes 16..1024 at random, kept at 70 % by freeing random victims
 *   bimodal       64 KiB, 90 % of 16..128 and 10 % of 2 KiB..8 KiB, kept at 70 %
 *   checkerboard  64 KiB of 16-byte blocks, every other freed, then a request for 64 bytes
 *
 * "alloc" is weir_heap_try_alloc with nothing to drain, "free" is weir_heap_free, "drain" moves one
 * block back. The arena counts the control data and the tags in. */
#include "check.h"

#include "weir/heap.h"

#define SYST_CSR (*(volatile uint32_t *)0xe000e010)
#define SYST_RVR (*(volatile uint32_t *)0xe000e014)
#define SYST_CVR (*(volatile uint32_t *)0xe000e018)
#define NS_PER_TICK 40u /* of the timer of QEMU's mps2 machines */
#define NS_PER_INSTRUCTION 64u

#define ARENA_BYTES 65536u
#define BLOCKS (ARENA_BYTES / 16)
#define OPERATIONS 6000
#define COUNT_MAX 1024

static _Alignas(8) unsigned char arena[ARENA_BYTES];
static struct weir_heap heap;

static struct {
  void *pointer;
  size_t size;
} blocks[BLOCKS];
static size_t live;
static size_t live_bytes;

/* How often an operation took so many instructions. */
struct histogram {
  uint32_t times[COUNT_MAX];
  uint32_t total;
};

static struct histogram allocs, frees, drains;
static uint32_t overhead;

static uint32_t random_state;

static uint32_t random_below(uint32_t bound) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 17;
  random_state ^= random_state << 5;
  return random_state % bound;
}

static void clock_start(void) {
  SYST_RVR = 0xffffff;
  SYST_CVR = 0;
  SYST_CSR = 5;
}

static uint32_t clock_read(void) { return 0xffffff - SYST_CVR; }

static uint32_t instructions_since(uint32_t before) {
  uint32_t ticks = (clock_read() - before) & 0xffffff;
  return (ticks * NS_PER_TICK + NS_PER_INSTRUCTION / 2) / NS_PER_INSTRUCTION - overhead;
}

static void calibrate(void) {
  overhead = 0;
  uint32_t before = clock_read();
  overhead = instructions_since(before);
}

static void note(struct histogram *histogram, uint32_t count) {
  histogram->times[count < COUNT_MAX ? count : COUNT_MAX - 1]++;
  histogram->total++;
}

static void report(const char *load, const char *operation, struct histogram *histogram) {
  uint32_t seen = 0;
  uint32_t median = 0;
  uint32_t most = 0;
  for (uint32_t count = 0; count < COUNT_MAX; count++) {
    if (histogram->times[count] == 0)
      continue;
    if (seen * 2 < histogram->total)
      median = count;
    seen += histogram->times[count];
    most = count;
  }
  check_print(load);
  check_print(" ");
  check_print(operation);
  check_print(": median ");
  check_print_number(median);
  check_print(" max ");
  check_print_number(most);
  check_print("\n");
  *histogram = (struct histogram){0};
}

static bool allocate(size_t size) {
  struct weir_layout layout = {size, 8};
  clock_start();
  uint32_t before = clock_read();
  void *pointer = weir_heap_try_alloc(&heap, layout);
  uint32_t count = instructions_since(before);
  if (pointer == NULL)
    return false;
  note(&allocs, count);
  blocks[live].pointer = pointer;
  blocks[live++].size = size;
  live_bytes += size;
  return true;
}

static void release(size_t index) {
  struct weir_layout layout = {blocks[index].size, 8};
  clock_start();
  uint32_t before = clock_read();
  weir_heap_free(&heap, blocks[index].pointer, layout);
  note(&frees, instructions_since(before));
  before = clock_read();
  weir_heap_drain(&heap, 1);
  note(&drains, instructions_since(before));
  live_bytes -= blocks[index].size;
  blocks[index] = blocks[--live];
}

static size_t uniform(void) { return 16 + random_below(1009); }

static size_t bimodal(void) {
  return random_below(10) != 0 ? 16 + random_below(113) : 2048 + random_below(6145);
}

static void start(uint32_t seed) {
  CHECK_EQUAL(weir_heap_init(&heap, arena, sizeof arena), WEIR_OK);
  random_state = seed;
  live = 0;
  live_bytes = 0;
}

static void churn(const char *name, size_t (*size)(void)) {
  uint32_t refused = 0;
  for (uint32_t seed = 1; seed <= 4; seed++) {
    start(seed * 7919);
    for (uint32_t i = 0; i < OPERATIONS; i++) {
      while (live_bytes > ARENA_BYTES / 10 * 7)
        release(random_below((uint32_t)live));
      refused += !allocate(size());
    }
  }
  report(name, "alloc", &allocs);
  report(name, "free", &frees);
  report(name, "drain", &drains);
  check_print(name);
  check_print(" refused: ");
  check_print_number(refused);
  check_print(" of ");
  check_print_number(4 * OPERATIONS);
  check_print("\n");
}

static void uniform_load(void) { churn("uniform", uniform); }

static void bimodal_load(void) { churn("bimodal", bimodal); }

static void checkerboard(void) {
  start(1);
  while (allocate(16))
    ;
  check_print("16-byte blocks in 64 KiB: ");
  check_print_number(live);
  check_print("\n");
  size_t pairs = live / 2;
  for (size_t i = 0; i < pairs; i++)
    weir_heap_free(&heap, blocks[2 * i].pointer, (struct weir_layout){16, 8});
  weir_heap_drain(&heap, SIZE_MAX);
  allocs = (struct histogram){0};
  clock_start();
  uint32_t before = clock_read();
  void *pointer = weir_heap_try_alloc(&heap, (struct weir_layout){64, 8});
  note(&allocs, instructions_since(before));
  CHECK(pointer == NULL);
  report("checkerboard", "alloc", &allocs);
}

int main(void) {
  clock_start();
  calibrate();
  RUN(uniform_load);
  RUN(bimodal_load);
  RUN(checkerboard);
  return check_summary("bench_heap");
}
