#include "weir/callback.h"

enum { IDLE, WAITING, DUE };

static void link_last(struct weir_callbacks *callbacks, struct weir_callback *callback) {
  struct weir_callback *first = callbacks->due;
  callback->next = first == NULL ? callback : first;
  callback->previous = first == NULL ? callback : first->previous;
  callback->previous->next = callback;
  callback->next->previous = callback;
  if (first == NULL)
    callbacks->due = callback;
}

static void unlink_due(struct weir_callbacks *callbacks, struct weir_callback *callback) {
  callback->previous->next = callback->next;
  callback->next->previous = callback->previous;
  if (callbacks->due == callback)
    callbacks->due = callback->next == callback ? NULL : callback->next;
}

/* Unmasked: who grants and who expires timers is the owner, and no interrupt knows this waker. Both
 * may come before the call. */
static void make_due(void *context) {
  struct weir_callback *callback = context;
  if (callback->state != WAITING)
    return;
  callback->state = DUE;
  link_last(callback->callbacks, callback);
  weir_task_wake(&callback->callbacks->task);
}

/* What it got, and whether it got it, is asked for now and not when it became due. From the call on
 * the object may be gone. */
static void answer(struct weir_callbacks *callbacks, struct weir_callback *callback) {
  weir_callback_function *call = callback->call;
  void *context = callback->context;
  unlink_due(callbacks, callback);
  callback->state = IDLE;
  callbacks->open--;
  (void)weir_timed_alloc_poll(&callback->request);
  call(context, weir_timed_alloc_take(&callback->request));
}

/* The task lives as long as something is open, so that an executor with nothing to do returns. */
static enum weir_poll answer_next(struct weir_task *task) {
  struct weir_callbacks *callbacks = WEIR_CONTAINER_OF(task, struct weir_callbacks, task);
  if (callbacks->due != NULL)
    answer(callbacks, callbacks->due);
  if (callbacks->due != NULL)
    weir_task_wake(task);
  if (callbacks->open != 0)
    return WEIR_PENDING;
  callbacks->spawned = false;
  return WEIR_READY;
}

void weir_callbacks_init(struct weir_callbacks *callbacks, struct weir_executor *executor) {
  callbacks->executor = executor;
  callbacks->due = NULL;
  callbacks->open = 0;
  callbacks->spawned = false;
}

static void begin(struct weir_callback *callback, struct weir_callbacks *callbacks,
                  weir_callback_function *call, void *context) {
  weir_callback_drop(callback);
  callback->waker = (struct weir_waker){make_due, callback};
  callback->callbacks = callbacks;
  callback->call = call;
  callback->context = context;
  callback->state = WAITING;
  callbacks->open++;
  if (!callbacks->spawned) {
    callbacks->spawned = true;
    weir_executor_spawn(callbacks->executor, &callbacks->task, answer_next);
  }
}

void weir_callback_alloc(struct weir_callback *callback, struct weir_callbacks *callbacks,
                         struct weir_heap *heap, struct weir_layout layout,
                         weir_callback_function *call, void *context) {
  begin(callback, callbacks, call, context);
  if (weir_alloc_start(&callback->request.alloc, heap, layout, &callback->waker) == WEIR_READY)
    make_due(callback);
}

void weir_callback_alloc_within(struct weir_callback *callback, struct weir_callbacks *callbacks,
                                struct weir_heap *heap, struct weir_layout layout, weir_ticks ticks,
                                weir_callback_function *call, void *context) {
  begin(callback, callbacks, call, context);
  if (weir_timed_alloc_start(&callback->request, heap, layout, &callbacks->executor->timers, ticks,
                             &callback->waker) == WEIR_READY)
    make_due(callback);
}

void weir_callback_drop(struct weir_callback *callback) {
  struct weir_callbacks *callbacks = callback->callbacks;
  if (callback->state == IDLE)
    return;
  if (callback->state == DUE)
    unlink_due(callbacks, callback);
  callback->state = IDLE;
  weir_timed_alloc_drop(&callback->request);
  if (--callbacks->open == 0)
    weir_task_wake(&callbacks->task);
}
