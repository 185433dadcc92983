/* What waiting costs, in instructions, and the memory that it takes.
 *
 *   grant WAITERS INSTRUCTIONS    from the call of weir_heap_free for a block to the call of the
 * wake function of who gets it, with so many waiters; the most of all mixed WAITERS INSTRUCTIONS
 * the same where blocks and requests are of random sizes executor WAITERS INSTRUCTIONS as `grant`,
 * with the executor between: it is woken by the free and runs the keeper, which drains await
 * INSTRUCTIONS            start, poll and take of a request that is ready at once try INSTRUCTIONS
 * weir_heap_try_alloc of the same ram WAITER ALLOC TASK         bytes of each struct */
#include "count.h"
#include "output.h"
#include "random.h"

#include "weir/alloc.h"
#include "weir/executor.h"
#include "weir/task.h"

#define ARENA (32u * 1024)
#define UNIT 64u
#define BLOCKS 600u
#define WAITERS_MAX 256u

static _Alignas(16) unsigned char arena[ARENA];
static struct weir_heap heap;
static struct weir_wait_queue queue;
static struct weir_executor executor;
static struct weir_keeper keeper;

static struct {
  void *memory;
  struct weir_layout layout;
} blocks[BLOCKS];
static uint32_t block_count;

static struct weir_alloc waiting[WAITERS_MAX];
static uint32_t from, cost;

weir_port_mask weir_port_critical_enter(void) { return 0; }
void weir_port_critical_leave(weir_port_mask before) { (void)before; }
void weir_port_wake(void) {}
void weir_port_idle(void) {}
void weir_port_deadline_arm(weir_ticks deadline) { (void)deadline; }
void weir_port_deadline_disarm(void) {}
weir_ticks weir_port_now(void) { return 0; }

static void note_cost(void *context) {
  (void)context;
  if (cost == 0)
    cost = count_since(from);
}

static void nothing(void *context) { (void)context; }

static const struct weir_waker waker = {note_cost, NULL};

static void output_result(const char *what, uint32_t waiters, uint32_t instructions) {
  output_word(what);
  output_number(waiters);
  output_number(instructions);
  output_line();
}

static struct weir_layout units(uint32_t count) { return (struct weir_layout){count * UNIT, 8}; }

/* Fills the heap with blocks: of one unit, or of one to sixteen. */
static void fill(uint32_t units_max, struct random *random) {
  if (weir_heap_init(&heap, arena, sizeof arena) != WEIR_OK)
    output_fail("arena", "the heap cannot live in it");
  block_count = 0;
  for (;;) {
    struct weir_layout layout = units(1 + random_below(random, units_max));
    void *memory = weir_heap_try_alloc(&heap, layout);
    if (memory == NULL && layout.size == UNIT)
      return;
    if (memory == NULL)
      continue;
    blocks[block_count].memory = memory;
    blocks[block_count++].layout = layout;
  }
}

static void give_back(uint32_t index) {
  weir_heap_free(&heap, blocks[index].memory, blocks[index].layout);
  blocks[index] = blocks[--block_count];
}

static void start(uint32_t index, uint32_t count) {
  waiting[index] = (struct weir_alloc){0};
  (void)weir_alloc_start(&waiting[index], &heap, units(count), &waker);
}

/* Whoever was granted gives back, late enough not to count, and waits again. */
static void start_again(uint32_t waiters, uint32_t units_max, struct random *random) {
  for (uint32_t i = 0; i < waiters; i++) {
    if (weir_alloc_poll(&waiting[i]) != WEIR_READY)
      continue;
    blocks[block_count].layout = (struct weir_layout){waiting[i].waiter.size, 8};
    blocks[block_count++].memory = weir_alloc_take(&waiting[i]);
    start(i, 1 + random_below(random, units_max));
  }
}

/* Every other request is for one unit, and so is every block: the next in line fits each hole. The
 * others wait in all classes. */
static uint32_t cost_of_grants(uint32_t waiters, bool (*serve)(void)) {
  struct random random = random_start(1);
  uint32_t most = 0;
  fill(1, &random);
  weir_heap_let_wait(&heap, &queue, nothing, NULL);
  if (serve != NULL) {
    executor = (struct weir_executor){0};
    weir_executor_keep(&executor, &keeper, &heap);
  }
  for (uint32_t i = 0; i < waiters; i++)
    start(i, i % 2 == 0 ? 1 : 9 + i % 50 * 4);
  while (serve != NULL && serve()) {
  }
  for (uint32_t i = 0; i < waiters; i += 2) {
    cost = 0;
    from = count_now();
    weir_heap_free(&heap, blocks[1 + i].memory, blocks[1 + i].layout);
    if (serve != NULL)
      (void)serve();
    else
      (void)weir_heap_drain(&heap, 1);
    if (cost == 0)
      output_fail("grant", "a block was freed and nobody was woken");
    if (cost > most)
      most = cost;
  }
  return most;
}

static bool step(void) { return weir_executor_step(&executor); }

static uint32_t cost_of_mixed_grants(uint32_t waiters, uint32_t units_max) {
  struct random random = random_start(2);
  uint32_t most = 0;
  fill(units_max, &random);
  weir_heap_let_wait(&heap, &queue, nothing, NULL);
  for (uint32_t i = 0; i < waiters; i++)
    start(i, 1 + random_below(&random, units_max));
  for (uint32_t turn = 0; turn < 2000; turn++) {
    start_again(waiters, units_max, &random);
    if (block_count == 0)
      output_fail("mixed", "nothing is left to free");
    uint32_t index = random_below(&random, block_count);
    cost = 0;
    from = count_now();
    weir_heap_free(&heap, blocks[index].memory, blocks[index].layout);
    (void)weir_heap_drain(&heap, 1);
    blocks[index] = blocks[--block_count];
    if (cost > most)
      most = cost;
  }
  return most;
}

static struct weir_alloc ready;
static void *volatile taken;

/* The same statements as in a task that awaits. */
static enum weir_poll await(struct weir_task *task) {
  WEIR_TASK_BEGIN(task);
  WEIR_AWAIT_ALLOC(task, &ready, &heap, units(1));
  taken = weir_alloc_take(&ready);
  WEIR_TASK_END(task);
}

static void output_await(void) {
  struct random random = random_start(3);
  struct weir_task task = {0};
  fill(1, &random);
  weir_heap_let_wait(&heap, &queue, nothing, NULL);
  give_back(5);
  (void)weir_heap_drain(&heap, 1);
  from = count_now();
  taken = weir_heap_try_alloc(&heap, units(1));
  uint32_t tried = count_since(from);
  weir_heap_free(&heap, taken, units(1));
  (void)weir_heap_drain(&heap, 1);
  from = count_now();
  (void)await(&task);
  uint32_t awaited = count_since(from);
  output_word("await");
  output_number(awaited);
  output_line();
  output_word("try");
  output_number(tried);
  output_line();
}

int main(void) {
  static const uint32_t counts[] = {1, 2, 8, 64, WAITERS_MAX};
  if (!count_calibrate())
    output_fail("clock", "does not count instructions exactly: run with -icount shift=7");
  for (uint32_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
    output_result("grant", counts[i], cost_of_grants(counts[i], NULL));
    output_result("executor", counts[i], cost_of_grants(counts[i], step));
    output_result("mixed", counts[i], cost_of_mixed_grants(counts[i], 16));
    output_result("wide", counts[i], cost_of_mixed_grants(counts[i], 128));
  }
  output_await();
  output_word("ram");
  output_number(sizeof(struct weir_waiter));
  output_number(sizeof(struct weir_alloc));
  output_number(sizeof(struct weir_task));
  output_line();
  output_word("done");
  output_line();
  return 0;
}
