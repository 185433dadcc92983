/* A local that is initialised before an await is lost across it. This file is right as C and wrong
 * as a task: GCC's -Wjump-misses-init must say so (see weir/task.h). With WEIR_GUARD_KEPT the value
 * lives in the task's struct, and it must not. */
#include "weir/executor.h"

struct sampler {
  struct weir_task task;
  struct weir_timer pause;
  unsigned sample;
};

enum weir_poll sampler_poll(struct weir_task *task);

enum weir_poll sampler_poll(struct weir_task *task) {
  struct sampler *self = WEIR_CONTAINER_OF(task, struct sampler, task);
  WEIR_TASK_BEGIN(task);
#ifdef WEIR_GUARD_KEPT
  self->sample = weir_port_now();
#else
  unsigned sample = weir_port_now();
#endif
  weir_timer_start_after(&self->pause, weir_task_timers(task), 10, &task->waker);
  WEIR_AWAIT(task, weir_timer_poll(&self->pause));
#ifndef WEIR_GUARD_KEPT
  self->sample = sample;
#endif
  WEIR_TASK_END(task);
}
