/* An image with all that waits: the heap, requests with and without a deadline, timers and the
 * executor, beside what is not the library's: the port, the task and where it starts. */
#include "weir/alloc.h"
#include "weir/executor.h"

WEIR_HEAP_DEFINE(heap, 8192);
static struct weir_executor executor;
static struct weir_keeper keeper;

struct user {
  struct weir_task task;
  struct weir_timed_alloc frame;
};

static struct user user;

static __attribute__((noinline)) enum weir_poll flash_task(struct weir_task *task) {
  const struct weir_layout layout = {100, 8};
  WEIR_TASK_BEGIN(task);
  WEIR_AWAIT_ALLOC_WITHIN(task, &user.frame, &heap, layout, 50);
  weir_heap_free(&heap, weir_timed_alloc_take(&user.frame), layout);
  WEIR_TASK_END(task);
}

void flash_entry(void);
void flash_entry(void) {
  (void)WEIR_HEAP_INIT(heap);
  weir_executor_keep(&executor, &keeper, &heap);
  weir_executor_spawn(&executor, &user.task, flash_task);
  weir_executor_run(&executor);
}

weir_port_mask weir_port_critical_enter(void) { return 0; }
void weir_port_critical_leave(weir_port_mask before) { (void)before; }
void weir_port_wake(void) {}
void weir_port_idle(void) {}
void weir_port_deadline_arm(weir_ticks deadline) { (void)deadline; }
void weir_port_deadline_disarm(void) {}
weir_ticks weir_port_now(void) { return 0; }
