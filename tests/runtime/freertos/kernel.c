/* The port on the real FreeRTOS, on the emulated Cortex-M3: threads that block, and an executor in
 * a task. The tick interrupt frees what it is given, wherever that finds everybody. */
#include "weir/blocking.h"
#include "weir/event.h"
#include "weir/executor.h"
#include "weir/task.h"

#include "FreeRTOS.h"
#include "semphr.h"
#include "task.h"

#include "../target/target.h"
#include "check.h"

#define WORKERS 4u
#define ROUNDS 2000u
#define STACK_WORDS 512u
#define SLOTS 8u

WEIR_HEAP_DEFINE(heap, 4096);

static SemaphoreHandle_t mutex;
static struct weir_blocking blocking;

/* What the tick is to free. */
static struct {
  void *block;
  struct weir_layout layout;
} slots[SLOTS];
static unsigned freed_by_tick;
static struct weir_event *event_of_tick;

void kernel_assert(const char *file, int line) {
  check_that(false, file, line, "the kernel's own assertion");
  target_exit(1);
}

void vApplicationStackOverflowHook(TaskHandle_t task, char *name);
void vApplicationStackOverflowHook(TaskHandle_t task, char *name) {
  (void)task;
  kernel_assert(name, 0);
}

void vApplicationIdleHook(void);
void vApplicationIdleHook(void) { __asm volatile("wfi"); }

/* A tick is as long as it pleases, so that it comes at other instructions each time. */
#define SYSTICK_RELOAD (*(volatile uint32_t *)0xe000e014)

static void change_length_of_tick(void) {
  static uint32_t length = 1;
  length = length * UINT32_C(1664525) + UINT32_C(1013904223); // Numerical Recipes
  SYSTICK_RELOAD = 2000 + (length >> 8) % 8000;
}

void vApplicationTickHook(void);
void vApplicationTickHook(void) {
  change_length_of_tick();
  for (unsigned i = 0; i < SLOTS; i++) {
    void *block = slots[i].block;
    if (block == NULL)
      continue;
    slots[i].block = NULL;
    freed_by_tick++;
    weir_heap_free(&heap, block, slots[i].layout);
  }
  if (event_of_tick != NULL)
    weir_event_set(event_of_tick);
}

static void lock(void *context) { (void)xSemaphoreTake(context, portMAX_DELAY); }
static void unlock(void *context) { (void)xSemaphoreGive(context); }

/* To the tick, if there is room. */
static void free_later(void *block, struct weir_layout layout) {
  taskENTER_CRITICAL();
  for (unsigned i = 0; i < SLOTS && block != NULL; i++) {
    if (slots[i].block != NULL)
      continue;
    slots[i].layout = layout;
    slots[i].block = block;
    block = NULL;
  }
  taskEXIT_CRITICAL();
  weir_heap_free(&heap, block, layout);
}

/* ---- threads that block ---- */

static struct worker {
  StaticTask_t task;
  StackType_t stack[STACK_WORDS];
  unsigned number;
  uint32_t seed;
  unsigned granted, timed_out, lost;
} workers[WORKERS];
static volatile unsigned over;

/* Marsaglia, Xorshift RNGs. */
static uint32_t random_below(struct worker *self, uint32_t bound) {
  self->seed ^= self->seed << 13;
  self->seed ^= self->seed >> 17;
  self->seed ^= self->seed << 5;
  return self->seed % bound;
}

/* So that interrupts fall on other instructions in each round. */
static void spin(uint32_t turns) {
  for (volatile uint32_t i = 0; i < turns; i++) {
  }
}

/* Every fifth request is impatient; where a deadline of ten seconds comes first, a wake was lost.
 */
static void *ask(struct worker *self, unsigned round, struct weir_layout layout) {
  bool impatient = round % 5 == 0;
  void *block;
  if (round % 5 == 1)
    block = weir_blocking_alloc(&blocking, layout);
  else
    block = weir_blocking_alloc_within(&blocking, layout, impatient ? round % 3 : 10000);
  if (block != NULL)
    self->granted++;
  else if (impatient)
    self->timed_out++;
  else
    self->lost++;
  return block;
}

static void use(struct worker *self, unsigned char *block, struct weir_layout layout) {
  for (size_t i = 0; i < layout.size; i++)
    block[i] = (unsigned char)self->number;
  spin(random_below(self, 200));
  if (random_below(self, 3) == 0)
    vTaskDelay(random_below(self, 3));
  for (size_t i = 0; i < layout.size; i++)
    self->lost += block[i] != (unsigned char)self->number;
}

static void work(void *context) {
  struct worker *self = context;
  for (unsigned round = 0; round < ROUNDS; round++) {
    struct weir_layout layout = {16 * (1 + random_below(self, 100)), 8};
    unsigned char *block = ask(self, round, layout);
    if (block == NULL)
      continue;
    use(self, block, layout);
    if (random_below(self, 2) == 0)
      free_later(block, layout);
    else
      weir_heap_free(&heap, block, layout);
  }
  over++;
  vTaskSuspend(NULL);
}

static void start_worker(unsigned number) {
  struct worker *worker = &workers[number];
  worker->number = number;
  worker->seed = 17 + number;
  TaskHandle_t task = xTaskCreateStatic(work, "worker", STACK_WORDS, worker, 1 + number % 3,
                                        worker->stack, &worker->task);
  CHECK(task != NULL);
}

static void threads_block_and_none_for_ever(void) {
  static StaticSemaphore_t memory;
  unsigned granted = 0, timed_out = 0;
  mutex = xSemaphoreCreateMutexStatic(&memory);
  blocking = (struct weir_blocking){.lock = lock, .unlock = unlock, .context = mutex};
  CHECK(WEIR_HEAP_INIT(heap) == WEIR_OK);
  weir_blocking_share(&blocking, &heap);
  for (unsigned i = 0; i < WORKERS; i++)
    start_worker(i);
  for (unsigned waited = 0; over < WORKERS && waited < 60000; waited += 10)
    vTaskDelay(10);
  CHECK_EQUAL(over, WORKERS);
  for (unsigned i = 0; i < WORKERS; i++) {
    CHECK_EQUAL(workers[i].lost, 0);
    granted += workers[i].granted;
    timed_out += workers[i].timed_out;
  }
  vTaskDelay(2);
  weir_heap_drain(&heap, SIZE_MAX);
  struct weir_heap_stats stats = weir_heap_stats(&heap);
  CHECK_EQUAL(granted + timed_out, WORKERS * ROUNDS);
  CHECK_EQUAL(stats.wait.timeouts, timed_out);
  CHECK(stats.wait.grants > ROUNDS / 10);
  CHECK(timed_out > 0);
  CHECK(freed_by_tick > ROUNDS / 2);
  CHECK_EQUAL(stats.wait.waiters, 0);
  CHECK_EQUAL(stats.used, 0);
  CHECK(blocking.leader == NULL);
  CHECK(weir_heap_check(&heap));
}

/* ---- an executor in a task ---- */

WEIR_HEAP_DEFINE(frames, 1024);

static struct weir_executor executor;
static struct weir_keeper keeper;
static struct weir_event event;
static const struct weir_layout most = {600, 8};

static struct user {
  struct weir_task task;
  struct weir_timed_alloc alloc;
  struct weir_timer timer;
  void *block;
  unsigned rounds, late, served;
  weir_ticks due;
} users[2];

/* Two that want the one block, each for a few milliseconds. */
static enum weir_poll user_poll(struct weir_task *task) {
  struct user *self = WEIR_CONTAINER_OF(task, struct user, task);
  WEIR_TASK_BEGIN(task);
  for (self->rounds = 0; self->rounds < 100; self->rounds++) {
    WEIR_AWAIT_ALLOC_WITHIN(task, &self->alloc, &frames, most, 50);
    self->block = weir_timed_alloc_take(&self->alloc);
    self->served += self->block != NULL;
    self->due = weir_port_now() + 1 + self->rounds % 4;
    weir_timer_start(&self->timer, weir_task_timers(task), self->due, &task->waker);
    WEIR_AWAIT(task, weir_timer_poll(&self->timer));
    self->late += weir_port_now() - self->due > 20;
    weir_heap_free(&frames, self->block, most);
  }
  WEIR_TASK_END(task);
}

static struct {
  struct weir_task task;
  unsigned count;
} listener;

static enum weir_poll listener_poll(struct weir_task *task) {
  WEIR_TASK_BEGIN(task);
  for (listener.count = 0; listener.count < 100; listener.count++) {
    weir_event_start(&event, &task->waker);
    WEIR_AWAIT(task, weir_event_poll(&event));
  }
  weir_event_drop(&event);
  WEIR_TASK_END(task);
}

static void an_executor_sleeps_and_is_woken(void) {
  CHECK(WEIR_HEAP_INIT(frames) == WEIR_OK);
  weir_executor_keep(&executor, &keeper, &frames);
  for (unsigned i = 0; i < 2; i++)
    weir_executor_spawn(&executor, &users[i].task, user_poll);
  weir_executor_spawn(&executor, &listener.task, listener_poll);
  event_of_tick = &event;
  weir_executor_run(&executor);
  event_of_tick = NULL;
  CHECK_EQUAL(listener.count, 100);
  for (unsigned i = 0; i < 2; i++) {
    CHECK_EQUAL(users[i].rounds, 100);
    CHECK_EQUAL(users[i].served, 100);
    CHECK_EQUAL(users[i].late, 0);
  }
  weir_heap_drain(&frames, SIZE_MAX);
  CHECK_EQUAL(weir_heap_stats(&frames).used, 0);
}

static void run_all(void *unused) {
  (void)unused;
  RUN(threads_block_and_none_for_ever);
  if (over != WORKERS)
    target_exit(check_summary("freertos/kernel"));
  RUN(an_executor_sleeps_and_is_woken);
  target_exit(check_summary("freertos/kernel"));
}

int main(void) {
  static StaticTask_t task;
  static StackType_t stack[STACK_WORDS];
  (void)xTaskCreateStatic(run_all, "tests", STACK_WORDS, NULL, 2, stack, &task);
  vTaskStartScheduler();
  return 2;
}
