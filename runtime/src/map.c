/* Linear probing with the hashes stored, and removal by shifting back (Knuth, The Art of Computer
 * Programming, volume 3, 6.4, algorithm R). */
#include "weir/map.h"

#include "bytes.h"
#include "growth.h"

#define SLOTS_MIN 4u

static size_t round_up(size_t value, size_t align) { return (value + align - 1) & ~(align - 1); }

static size_t larger(size_t one, size_t other) { return one > other ? one : other; }

static size_t slot_align(const struct weir_map_type *type) {
  return larger(_Alignof(uint32_t), larger(type->key.layout.align, type->value.layout.align));
}

static struct weir_layout layout_of(const struct weir_map *map, size_t slot_count) {
  return (struct weir_layout){map->slot_size * slot_count, slot_align(map->type)};
}

/* Of so many slots, how many may be in use. */
static size_t usable(size_t slot_count) { return slot_count - slot_count / 4; }

uint32_t weir_hash_bytes(const void *bytes, size_t count) {
  uint32_t hash = UINT32_C(2166136261);
  for (size_t i = 0; i < count; i++)
    hash = (hash ^ ((const unsigned char *)bytes)[i]) * UINT32_C(16777619);
  return hash;
}

void weir_map_init(struct weir_map *map, struct weir_heap *heap, const struct weir_map_type *type) {
  size_t key = round_up(sizeof(uint32_t), type->key.layout.align);
  size_t value = round_up(key + type->key.layout.size, type->value.layout.align);
  *map = (struct weir_map){
      .heap = heap,
      .type = type,
      .key_offset = (uint32_t)key,
      .value_offset = (uint32_t)value,
      .slot_size = round_up(value + type->value.layout.size, slot_align(type)),
  };
}

size_t weir_map_capacity(const struct weir_map *map) { return usable(map->slot_count); }

/* ---- slots ---- */

static unsigned char *slot_at(const struct weir_map *map, size_t index) {
  return map->slots + index * map->slot_size;
}

static uint32_t *hash_at(const struct weir_map *map, size_t index) {
  return (uint32_t *)(void *)slot_at(map, index);
}

static void *key_at(const struct weir_map *map, size_t index) {
  return slot_at(map, index) + map->key_offset;
}

static void *value_at(const struct weir_map *map, size_t index) {
  return slot_at(map, index) + map->value_offset;
}

static uint32_t hash_of(const struct weir_map *map, const void *key) {
  uint32_t hash = map->type->hash(key);
  return hash == 0 ? 1 : hash;
}

/* The slot that a hash names. A multiplication moves all its bits to where a few are taken from
 * (Knuth, 6.4). */
static size_t home(const struct weir_map *map, uint32_t hash) {
  uint32_t mixed = hash * UINT32_C(0x9e3779b1);
  return (mixed ^ mixed >> 16) & (map->slot_count - 1);
}

static size_t after(const struct weir_map *map, size_t index) {
  return (index + 1) & (map->slot_count - 1);
}

/* The slot of a key, or the empty one where it would go. There is always an empty one. */
static size_t find(const struct weir_map *map, const void *key, uint32_t hash) {
  size_t index = home(map, hash);
  while (*hash_at(map, index) != 0 &&
         (*hash_at(map, index) != hash || !map->type->equal(key_at(map, index), key)))
    index = after(map, index);
  return index;
}

static void destroy(const struct weir_type *type, void *object) {
  if (type->destroy != NULL)
    type->destroy(object);
}

void *weir_map_get(const struct weir_map *map, const void *key) {
  size_t index;
  if (map->length == 0)
    return NULL;
  index = find(map, key, hash_of(map, key));
  return *hash_at(map, index) == 0 ? NULL : value_at(map, index);
}

static enum weir_map_insert replace(struct weir_map *map, size_t index, const void *key,
                                    const void *value) {
  destroy(&map->type->value, value_at(map, index));
  weir_bytes_copy(value_at(map, index), value, map->type->value.layout.size);
  destroy(&map->type->key, (void *)(uintptr_t)key);
  return WEIR_MAP_REPLACED;
}

enum weir_map_insert weir_map_insert_within_capacity(struct weir_map *map, const void *key,
                                                     const void *value) {
  uint32_t hash;
  size_t index;
  if (map->slot_count == 0)
    return WEIR_MAP_NO_ROOM;
  hash = hash_of(map, key);
  index = find(map, key, hash);
  if (*hash_at(map, index) != 0)
    return replace(map, index, key, value);
  if (map->length == weir_map_capacity(map))
    return WEIR_MAP_NO_ROOM;
  *hash_at(map, index) = hash;
  weir_bytes_copy(key_at(map, index), key, map->type->key.layout.size);
  weir_bytes_copy(value_at(map, index), value, map->type->value.layout.size);
  map->length++;
  return WEIR_MAP_INSERTED;
}

enum weir_map_insert weir_map_try_insert(struct weir_map *map, const void *key, const void *value) {
  enum weir_map_insert done = weir_map_insert_within_capacity(map, key, value);
  if (done != WEIR_MAP_NO_ROOM || !weir_map_try_reserve(map, 1))
    return done;
  return weir_map_insert_within_capacity(map, key, value);
}

/* Empties a slot: what stands behind it in the row and may stand here moves here, and so on. */
static void close_up(struct weir_map *map, size_t hole) {
  size_t mask = map->slot_count - 1;
  for (size_t index = after(map, hole); *hash_at(map, index) != 0; index = after(map, index)) {
    size_t from_home = (index - home(map, *hash_at(map, index))) & mask;
    size_t from_hole = (index - hole) & mask;
    if (from_home < from_hole)
      continue;
    weir_bytes_copy(slot_at(map, hole), slot_at(map, index), map->slot_size);
    hole = index;
  }
  *hash_at(map, hole) = 0;
}

bool weir_map_remove(struct weir_map *map, const void *key, void *out) {
  size_t index;
  if (map->length == 0)
    return false;
  index = find(map, key, hash_of(map, key));
  if (*hash_at(map, index) == 0)
    return false;
  destroy(&map->type->key, key_at(map, index));
  if (out != NULL)
    weir_bytes_copy(out, value_at(map, index), map->type->value.layout.size);
  else
    destroy(&map->type->value, value_at(map, index));
  close_up(map, index);
  map->length--;
  return true;
}

bool weir_map_next(const struct weir_map *map, size_t *position, const void **key, void **value) {
  for (size_t index = *position; index < map->slot_count; index++) {
    if (*hash_at(map, index) == 0)
      continue;
    *key = key_at(map, index);
    *value = value_at(map, index);
    *position = index + 1;
    return true;
  }
  *position = map->slot_count;
  return false;
}

void weir_map_clear(struct weir_map *map) {
  for (size_t index = 0; index < map->slot_count; index++) {
    if (*hash_at(map, index) == 0)
      continue;
    *hash_at(map, index) = 0;
    destroy(&map->type->key, key_at(map, index));
    destroy(&map->type->value, value_at(map, index));
  }
  map->length = 0;
}

static void release(struct weir_map *map) {
  if (map->slots != NULL)
    weir_heap_free(map->heap, map->slots, layout_of(map, map->slot_count));
  map->slots = NULL;
  map->slot_count = 0;
}

void weir_map_drop(struct weir_map *map) {
  weir_map_clear(map);
  release(map);
}

/* ---- growth ---- */

static void move_to(struct weir_map *map, void *memory, size_t slot_count) {
  struct weir_map old = *map;
  map->slots = memory;
  map->slot_count = slot_count;
  for (size_t index = 0; index < slot_count; index++)
    *hash_at(map, index) = 0;
  for (size_t index = 0; index < old.slot_count; index++) {
    size_t to;
    if (*hash_at(&old, index) == 0)
      continue;
    to = home(map, *hash_at(&old, index));
    while (*hash_at(map, to) != 0)
      to = after(map, to);
    weir_bytes_copy(slot_at(map, to), slot_at(&old, index), map->slot_size);
  }
  release(&old);
}

/* The slots for so many keys; false when they cannot be counted. */
static bool slots_for(const struct weir_map *map, size_t keys, size_t *slot_count,
                      struct weir_layout *memory) {
  size_t slots = SLOTS_MIN;
  while (usable(slots) < keys && slots <= SIZE_MAX / 2)
    slots *= 2;
  *slot_count = slots;
  *memory = layout_of(map, slots);
  return usable(slots) >= keys && slots <= SIZE_MAX / map->slot_size;
}

static bool needed(const struct weir_map *map, size_t additional, size_t *slot_count,
                   struct weir_layout *memory) {
  return additional <= SIZE_MAX - map->length &&
         slots_for(map, map->length + additional, slot_count, memory);
}

static bool has_room(const struct weir_map *map, size_t additional) {
  return weir_map_capacity(map) - map->length >= additional;
}

static bool try_move(struct weir_map *map, size_t slot_count, struct weir_layout layout) {
  void *memory = weir_heap_try_alloc(map->heap, layout);
  if (memory == NULL)
    return false;
  move_to(map, memory, slot_count);
  return true;
}

bool weir_map_try_reserve(struct weir_map *map, size_t additional) {
  struct weir_layout memory;
  size_t slot_count;
  return has_room(map, additional) ||
         (needed(map, additional, &slot_count, &memory) && try_move(map, slot_count, memory));
}

bool weir_map_try_shrink_to_fit(struct weir_map *map) {
  struct weir_layout memory;
  size_t slot_count;
  if (map->length == 0) {
    release(map);
    return true;
  }
  (void)slots_for(map, map->length, &slot_count, &memory);
  return slot_count == map->slot_count || try_move(map, slot_count, memory);
}

/* ---- awaited growth: its units are slots ---- */

static size_t slots_of(const void *container) {
  return ((const struct weir_map *)container)->slot_count;
}

static bool container_has_room(const void *container, size_t additional) {
  return has_room(container, additional);
}

static bool try_reserve(void *container, size_t additional) {
  return weir_map_try_reserve(container, additional);
}

static bool needed_by(const void *container, size_t additional, size_t *slot_count,
                      struct weir_layout *memory) {
  return needed(container, additional, slot_count, memory);
}

static void move_container(void *container, void *memory, size_t slot_count) {
  move_to(container, memory, slot_count);
}

enum weir_poll weir_map_reserve_start(struct weir_growth *growth, struct weir_map *map,
                                      size_t additional, const struct weir_waker *waker) {
  static const struct weir_growth_kind kind = {slots_of, container_has_room, try_reserve, needed_by,
                                               move_container};
  return weir_growth_start(growth, &kind, map, map->heap, additional, waker);
}
