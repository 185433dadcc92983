/* Every macro of weir/task.h and those that stand on it: no warning of any kind is the test. */
#include "weir/executor.h"
#include "weir/vec.h"

struct user {
  struct weir_task task;
  struct weir_heap *heap;
  struct weir_alloc alloc;
  struct weir_timed_alloc timed;
  struct weir_timer timer;
  struct weir_vec vec;
  struct weir_growth growth;
  enum weir_winner winner;
  unsigned item;
};

enum weir_poll user_poll(struct weir_task *task);

enum weir_poll user_poll(struct weir_task *task) {
  struct user *self = WEIR_CONTAINER_OF(task, struct user, task);
  void *block;
  WEIR_TASK_BEGIN(task);
  WEIR_AWAIT_ALLOC(task, &self->alloc, self->heap, WEIR_LAYOUT_OF(unsigned));
  block = weir_alloc_take(&self->alloc);
  if (block == NULL)
    WEIR_TASK_EXIT(task);
  weir_heap_free(self->heap, block, WEIR_LAYOUT_OF(unsigned));
  while (self->item != 0) {
    WEIR_AWAIT_ALLOC_WITHIN(task, &self->timed, self->heap, WEIR_LAYOUT_OF(unsigned), 10);
    if (weir_timed_alloc_take(&self->timed) == NULL)
      WEIR_YIELD(task);
  }
  WEIR_SELECT(task, self->winner, weir_alloc_future(&self->alloc), weir_timer_future(&self->timer));
  WEIR_JOIN(task, weir_timed_alloc_future(&self->timed), weir_timer_future(&self->timer));
  WEIR_AWAIT_TRUE(task, self->item == 0);
  WEIR_AWAIT_PUSH(task, &self->growth, &self->vec, &self->item);
  WEIR_TASK_END(task);
}
