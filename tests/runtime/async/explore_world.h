/* The worlds of the explorer (explore.c): a heap, a few requests, a few blocks that an interrupt
 * frees, and what can be done in them. A world holds pointers into itself, so there is one, which
 * is saved and restored by its bytes. */
#ifndef WEIR_TESTS_EXPLORE_WORLD_H
#define WEIR_TESTS_EXPLORE_WORLD_H

#include "weir/alloc.h"
#include "weir/client.h"
#include "weir/group.h"
#include "weir/heap.h"

#define REQUESTS 3u
#define BLOCKS 3u
#define UNIT 64u

struct scenario {
  const char *name;
  uint32_t bypass; /* in bytes */
  unsigned requests;
  size_t size[REQUESTS];
  bool timed;
  unsigned lives;           /* how often each request may be started */
  size_t second[REQUESTS];  /* not 0: a group of two parts */
  size_t quota;             /* not 0: all are requests of one client, which has this quota */
  unsigned blocks_kept;     /* of the blocks, so many are freed at the end only */
  bool given_back_anywhere; /* what was taken may be given back in an interrupt too */
};

/* What the model knows of a request. */
struct request {
  union {
    struct weir_timed_alloc future;
    struct {
      struct weir_group group;
      struct weir_part parts[2];
    };
    struct weir_client_alloc of_client;
  };
  struct weir_waker waker;
  unsigned lives;
  unsigned arrival; /* in the heap's line: in order */
  bool waited;      /* since it started, as are the next four */
  unsigned wakes;
  bool woken; /* and not polled since */
  unsigned polls;
  size_t overtaken; /* bytes, since it is in the line */
  void *memory;     /* taken; of a group its first part */
};

struct world {
  struct weir_heap heap;
  struct weir_wait_queue queue;
  _Alignas(16) unsigned char arena[1024];
  struct weir_timers timers;
  struct request requests[REQUESTS];
  struct weir_clients clients;
  struct weir_client client;
  void *blocks[BLOCKS];
  void *plugs[2]; /* live from the beginning to the end */
  size_t plug_size[2];
  unsigned arrivals;
  bool notified;
  weir_ticks now;
};

enum verb { START, POLL, TAKE, DROP, GIVE_BACK, EXPIRE, FREE, KEEP, VERBS };

/* Who may interrupt: each block, and each request whose memory is given back then. */
#define INTERRUPTERS (BLOCKS + REQUESTS)

/* A step of somebody, and an interrupt that frees something at the n-th moment in its middle;
 * moment 0 is none. */
struct action {
  enum verb verb;
  unsigned who;
  unsigned moment;
  unsigned interrupter;
};

extern struct world world;
extern const struct scenario *scenario;

void world_set_up(void);

enum weir_waiter_state world_state(unsigned request);

struct weir_layout world_layout(unsigned request);

/* Whether the request would be served by the memory that is free now. */
bool world_fits(unsigned request);

/* Whether it waits for its client's quota. */
bool world_is_over(unsigned request);

bool world_can(struct action action);

/* Does it. False when there is no such moment in its middle: then the world is of no use any more.
 */
bool world_do(struct action action);

/* When nothing can be done any more: gives the plugs back too. */
void world_end(void);

#endif
