/* Who holds memory: a quota for each client of a heap, and the detector of hold and wait.
 *
 *   static struct weir_clients clients = {.stuck = report};
 *   static struct weir_client radio = {.tag = "radio", .quota = 2048};
 *   weir_client_join(&radio, &clients, &heap);
 *
 *   weir_client_alloc_start(&self->frame, &radio, WEIR_LAYOUT_OF(struct frame), &task->waker);
 *   WEIR_AWAIT(task, weir_client_alloc_poll(&self->frame));
 *   frame = weir_client_alloc_take(&self->frame);
 *   ...
 *   weir_client_free(&radio, frame, WEIR_LAYOUT_OF(struct frame)); // any context
 *
 * A client is a task, or a few that run one after the other. A request that would bring it over its
 * quota waits for the client's own frees, in order of arrival, and stands in nobody else's way
 * meanwhile. What counts is what blocks occupy, from the moment a request is within the quota.
 *
 * Tasks that hold memory and wait for more can wait for each other for ever. That is seen when the
 * last of them begins to wait: if all that is in use is held by clients that wait, `stuck` is
 * called, and finds who holds what in the list of clients. It is not seen when others hold memory
 * too, who might give it back; nor, when they do and it is not enough, before the next request of a
 * client has to wait; nor among clients that wait for their own quotas only. What waits with a
 * deadline, or beside something else, may yet come free: then it is a warning.
 */
#ifndef WEIR_CLIENT_H
#define WEIR_CLIENT_H

#include "weir/alloc.h"

struct weir_client_alloc;

/* The clients of one heap. The caller's; zero but for the hook. */
struct weir_clients {
  /* All memory is held by those who wait. Task only; NULL for nobody to be told. It only takes
   * note: it calls nothing of this heap. */
  void (*stuck)(void *context, const struct weir_clients *clients);
  void *context;
  struct weir_client *first;
};

/* The caller's; zero but for the tag and the quota. Never moved after it joined. */
struct weir_client {
  const char *tag;
  size_t quota; /* bytes; SIZE_MAX is none */

  /* To be read. */
  struct weir_client *next;
  size_t held;      /* bytes of blocks that it took */
  unsigned waiting; /* requests of it that wait */

  /* The library's alone. */
  struct weir_heap *heap;
  struct weir_clients *clients;
  size_t reserved; /* of the quota; changed and read in a critical section, as `held` and `over` */
  struct weir_client_alloc *over; /* those over the quota, a ring, the oldest first */
};

/* All members are the library's. The caller's, all zero at first, and not moved while it waits. */
struct weir_client_alloc {
  struct weir_alloc alloc;
  struct weir_client *client;
  struct weir_client_alloc *next, *previous;
  const struct weir_waker *waker;
  struct weir_layout layout;
  size_t bytes; /* reserved for it */
  unsigned char state;
};

/* Makes a client one of a heap's, for good. Task only, before its first request. O(1). */
void weir_client_join(struct weir_client *client, struct weir_clients *clients,
                      struct weir_heap *heap);

/* As weir_alloc_start, once it is within the quota. What is larger than the quota, or could never
 * be held, is refused: ready at once, with NULL to take. O(clients) when it has to wait, and that
 * masked. Task only. */
enum weir_poll weir_client_alloc_start(struct weir_client_alloc *alloc, struct weir_client *client,
                                       struct weir_layout layout, const struct weir_waker *waker);

/* As weir_alloc_poll. Task only. */
enum weir_poll weir_client_alloc_poll(struct weir_client_alloc *alloc);

/* As weir_alloc_take. Task only. */
void *weir_client_alloc_take(struct weir_client_alloc *alloc);

/* As weir_alloc_drop. Task only. */
void weir_client_alloc_drop(struct weir_client_alloc *alloc);

/* The request as a future, for weir_select and weir_join. */
struct weir_future weir_client_alloc_future(struct weir_client_alloc *alloc);

/* weir_heap_free of a block that the client took. Wakes who waits for the quota. Any context, O(1),
 * a few instructions of it masked. NULL is ignored. */
void weir_client_free(struct weir_client *client, void *pointer, struct weir_layout layout);

#endif
