/* A hash map on a heap, owned: its keys and values are destroyed and its memory freed when it is
 * dropped. With a value type of size 0 it is a set.
 *
 *   static const struct weir_map_type peers = {
 *       WEIR_TYPE_OF(uint32_t, NULL), WEIR_TYPE_OF(struct peer, peer_destroy), hash_id, same_id};
 *
 *   weir_map_init(&self->peers, &heap, &peers);
 *   WEIR_AWAIT_INSERT(task, &self->growth, &self->peers, &id, &peer);
 *
 * Slots, a power of two of them, at most three quarters in use:
 *
 *   | hash | key | value | hash | key | value | 0 ...   | hash | key | value |
 *
 * A hash of 0 is an empty slot (a key's own 0 counts as 1). A key lies in the slot that its hash
 * names, or in the next ones up to the first empty; a removal closes the row up, so that there are
 * no marks of the removed and room is room. Finding is O(1) as long as the hashes are spread, and
 * O(length) when they are all the same: keys from outside want a hash with a secret.
 *
 * The three forms of what grows are those of weir/vec.h. All is task only, but for what is said of
 * weir_map_drop. Pointers to values are good until the next call that may insert, remove, grow or
 * drop.
 */
#ifndef WEIR_MAP_H
#define WEIR_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/growth.h"
#include "weir/type.h"

/* What a map must know. Equal keys have equal hashes. All bits of a hash are used. */
struct weir_map_type {
  struct weir_type key;
  struct weir_type value;
  uint32_t (*hash)(const void *key);
  bool (*equal)(const void *one, const void *other);
};

/* FNV-1a (Fowler, Noll, Vo: draft-eastlake-fnv), for keys without padding from a friendly source.
 * Pure, any context, O(bytes). */
uint32_t weir_hash_bytes(const void *bytes, size_t count);

/* `length` may be read; the rest is the library's. */
struct weir_map {
  struct weir_heap *heap;
  const struct weir_map_type *type;
  unsigned char *slots;
  size_t length;         /* keys */
  size_t slot_count;     /* 0, or a power of two */
  uint32_t key_offset;   /* in a slot, after its hash */
  uint32_t value_offset; /* in a slot */
  size_t slot_size;
};

/* Makes an empty map that holds no memory yet. Type and heap must outlive it. O(1). */
void weir_map_init(struct weir_map *map, struct weir_heap *heap, const struct weir_map_type *type);

/* Destroys keys and values, gives the memory back and leaves an empty map, ready for use. Any
 * context in which the destructors may run, if nobody else uses the map. O(slots). */
void weir_map_drop(struct weir_map *map);

/* Destroys keys and values; the memory is kept. O(slots). */
void weir_map_clear(struct weir_map *map);

/* How many keys fit without growth. O(1). */
size_t weir_map_capacity(const struct weir_map *map);

/* The value of a key, or NULL when it is not there. O(1) as above. */
void *weir_map_get(const struct weir_map *map, const void *key);

enum weir_map_insert {
  WEIR_MAP_NO_ROOM,  /* nothing is changed; key and value are still the caller's */
  WEIR_MAP_INSERTED, /* both are the map's */
  WEIR_MAP_REPLACED, /* the old value and the new key were destroyed; the new value is the map's */
};

/* Copies `*key` and `*value` into the map, if there is room or the key is there. O(1) as above. */
enum weir_map_insert weir_map_insert_within_capacity(struct weir_map *map, const void *key,
                                                     const void *value);

/* The same, and grows now if it must. As weir_map_try_reserve. */
enum weir_map_insert weir_map_try_insert(struct weir_map *map, const void *key, const void *value);

/* Removes a key and destroys it; its value is moved to `*out`, or destroyed when `out` is NULL.
 * False when the key is not there. O(1) as above. */
bool weir_map_remove(struct weir_map *map, const void *key, void *out);

/* Walks through the map in no order: `*position` is 0 at first. False at the end. An insertion or a
 * removal in between ends the walk's meaning. O(slots) for the whole walk. */
bool weir_map_next(const struct weir_map *map, size_t *position, const void **key, void **value);

/* Makes room for `additional` more keys, now. False, and nothing is changed, when there is no
 * memory now. O(slots) when it grows. */
bool weir_map_try_reserve(struct weir_map *map, size_t additional);

/* The same, awaited: see weir/growth.h and weir_vec_reserve_start. */
enum weir_poll weir_map_reserve_start(struct weir_growth *growth, struct weir_map *map,
                                      size_t additional, const struct weir_waker *waker);

/* Moves to the smallest memory that holds the keys. False, and nothing is changed, when there is
 * none now. O(slots). */
bool weir_map_try_shrink_to_fit(struct weir_map *map);

/* For a task of weir/task.h: grows, waiting for memory if it must, and inserts. `key` and `value`
 * are read after the wait. Where the map can never be so large nothing is inserted, and the length
 * tells. */
#define WEIR_AWAIT_INSERT(task, growth, map, key, value)                                           \
  do {                                                                                             \
    (void)weir_map_reserve_start(growth, map, 1, &(task)->waker);                                  \
    WEIR_AWAIT(task, weir_growth_poll(growth));                                                    \
    (void)weir_map_insert_within_capacity(map, key, value);                                        \
  } while (0)

#endif
