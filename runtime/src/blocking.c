#include "weir/blocking.h"

#include "weir/port.h"

/* A call that blocks, on its thread's stack. */
struct weir_blocked {
  struct weir_alloc alloc;
  struct weir_port_thread thread;
  struct weir_waker waker;
  struct weir_blocked *next, *previous;
};

/* The freeing context, without the lock. The leader cannot leave before the section ends. */
static void wake_leader(void *context) {
  struct weir_blocking *blocking = context;
  weir_port_mask before = weir_port_critical_enter();
  if (blocking->leader != NULL)
    weir_port_thread_wake(&blocking->leader->thread);
  weir_port_critical_leave(before);
}

void weir_blocking_share(struct weir_blocking *blocking, struct weir_heap *heap) {
  blocking->heap = heap;
  blocking->leader = NULL;
  weir_heap_let_wait(heap, &blocking->queue, wake_leader, blocking);
}

static void lead(struct weir_blocking *blocking, struct weir_blocked *leader) {
  weir_port_mask before = weir_port_critical_enter();
  blocking->leader = leader;
  weir_port_critical_leave(before);
}

static void join(struct weir_blocking *blocking, struct weir_blocked *self) {
  struct weir_blocked *first = blocking->leader;
  self->next = first == NULL ? self : first;
  self->previous = first == NULL ? self : first->previous;
  self->previous->next = self;
  self->next->previous = self;
  if (first == NULL)
    lead(blocking, self);
}

/* What was freed since the leader looked last woke the leader, who is gone: so it drains after the
 * next has its place, and that one need not be woken. */
static void leave(struct weir_blocking *blocking, struct weir_blocked *self) {
  self->previous->next = self->next;
  self->next->previous = self->previous;
  if (blocking->leader != self)
    return;
  lead(blocking, self->next == self ? NULL : self->next);
  weir_heap_drain(blocking->heap, SIZE_MAX);
}

/* Holding the lock, but for the sleep. Who is in the ring before the first look misses no free. */
static void block(struct weir_blocking *blocking, struct weir_blocked *self,
                  const weir_ticks *deadline) {
  join(blocking, self);
  while (weir_alloc_poll(&self->alloc) == WEIR_PENDING) {
    if (deadline != NULL && weir_ticks_reached(weir_port_now(), *deadline)) {
      weir_alloc_time_out(&self->alloc);
      break;
    }
    blocking->unlock(blocking->context);
    weir_port_thread_sleep(&self->thread, deadline);
    blocking->lock(blocking->context);
  }
  leave(blocking, self);
}

static void *alloc(struct weir_blocking *blocking, struct weir_layout layout,
                   const weir_ticks *deadline) {
  struct weir_blocked self = {.waker = {weir_port_thread_wake, &self.thread}};
  blocking->lock(blocking->context);
  if (weir_alloc_start(&self.alloc, blocking->heap, layout, &self.waker) == WEIR_PENDING)
    block(blocking, &self, deadline);
  void *memory = weir_alloc_take(&self.alloc);
  blocking->unlock(blocking->context);
  return memory;
}

void *weir_blocking_alloc(struct weir_blocking *blocking, struct weir_layout layout) {
  return alloc(blocking, layout, NULL);
}

void *weir_blocking_alloc_within(struct weir_blocking *blocking, struct weir_layout layout,
                                 weir_ticks ticks) {
  weir_ticks deadline = weir_port_now() + (ticks < WEIR_TICKS_MAX ? ticks : WEIR_TICKS_MAX);
  return alloc(blocking, layout, &deadline);
}
