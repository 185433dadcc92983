/* What a container tells of itself so that its growth can be awaited. */
#ifndef WEIR_SRC_GROWTH_H
#define WEIR_SRC_GROWTH_H

#include <stdbool.h>

#include "weir/growth.h"

struct weir_growth_kind {
  size_t (*capacity)(const void *container);
  bool (*has_room)(const void *container, size_t additional);
  bool (*try_reserve)(void *container, size_t additional);

  /* The capacity that has room for so many more, and the memory it takes. False when they cannot
   * be counted. */
  bool (*needed)(const void *container, size_t additional, size_t *capacity,
                 struct weir_layout *memory);

  /* Into memory for a larger capacity, which is the container's from here on. */
  void (*move_to)(void *container, void *memory, size_t capacity);
};

/* Starts: ready when the container has room, or can have it now. */
enum weir_poll weir_growth_start(struct weir_growth *growth, const struct weir_growth_kind *kind,
                                 void *container, struct weir_heap *heap, size_t additional,
                                 const struct weir_waker *waker);

#endif
