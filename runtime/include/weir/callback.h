/* An allocation that calls back, for those who want neither tasks nor macros.
 *
 *   static void on_frame(void *context, void *memory) {
 *     struct radio *self = context;
 *     if (memory == NULL)
 *       send_nak(self);                 // 50 ticks went by, or it could never be
 *     else
 *       receive_into(self, memory);     // ours; freed with the layout that was asked for
 *   }
 *
 *   weir_callbacks_init(&callbacks, &executor);                  // once
 *   weir_callback_alloc_within(&self->frame, &callbacks, &heap, layout, 50, on_frame, self);
 *
 * Each start is answered by one call, from the loop of the executor and never from inside the
 * start, even when memory is there at once: who starts may be half done with his own affairs, and a
 * callback that starts again would call itself without end. One call a turn; then every task that
 * is ready has its turn before the next, so that callbacks which start again and again keep nobody
 * out.
 *
 *              start                granted, refused, time up          its turn
 *      idle ----------> waiting --------------------------------> due ----------> idle, then
 *        ^                 | drop                                  | drop         called
 *        +-----------------+---------------------------------------+
 *
 * It is idle before it is called: the callback may start it again, or reuse its memory.
 *
 * All functions are task only, by the one owner of the heap and the executor. The executor must
 * keep the heap (weir_executor_keep), or somebody else serve its queue. weir_executor_run does not
 * return while a callback is waiting or due.
 */
#ifndef WEIR_CALLBACK_H
#define WEIR_CALLBACK_H

#include <stdbool.h>

#include "weir/alloc.h"
#include "weir/executor.h"

/* Gets the block, the callee's now; or NULL: refused (a layout for which the heap is too small even
 * when it is empty), or the time was up. Called by the executor's loop; may call whatever a task
 * may. */
typedef void weir_callback_function(void *context, void *memory);

struct weir_callback;

/* Those of one executor that are due, oldest first, and the task that calls them. The caller's; all
 * members are the library's. It must not move. 36 bytes on a 32-bit target. */
struct weir_callbacks {
  struct weir_task task;
  struct weir_executor *executor;
  struct weir_callback *due; /* a ring */
  unsigned short open;       /* started, and neither called nor dropped */
  bool spawned;
};

/* One request. The caller's, all zero at first; neither moved nor reused while it waits or is due.
 * All members are the library's. 84 bytes on a 32-bit target. */
struct weir_callback {
  struct weir_timed_alloc request;
  struct weir_waker waker;
  struct weir_callback *next, *previous;
  struct weir_callbacks *callbacks;
  weir_callback_function *call;
  void *context;
  unsigned char state;
};

/* Makes it ready for use: once, before the first start. O(1). */
void weir_callbacks_init(struct weir_callbacks *callbacks, struct weir_executor *executor);

/* Asks for memory, and calls `call` with `context` and the block once it is there. What was asked
 * before with the same object is dropped, and not answered. The request stands in line as one of
 * weir_alloc_start, and costs what that costs. At most 65535 are open at a time. */
void weir_callback_alloc(struct weir_callback *callback, struct weir_callbacks *callbacks,
                         struct weir_heap *heap, struct weir_layout layout,
                         weir_callback_function *call, void *context);

/* The same, for at most `ticks` from now: then the call gets NULL. Memory that comes before the
 * call is made wins. As weir_timed_alloc_start. */
void weir_callback_alloc_within(struct weir_callback *callback, struct weir_callbacks *callbacks,
                                struct weir_heap *heap, struct weir_layout layout, weir_ticks ticks,
                                weir_callback_function *call, void *context);

/* Cancels: it is not called any more, and a block that was granted goes to the next in line. Any
 * state, also from inside a callback, its own or another's. O(1), and O(1) for each grant that
 * follows from it. */
void weir_callback_drop(struct weir_callback *callback);

#endif
