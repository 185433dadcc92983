/* A map: every key once, whatever its hash, through insertion, removal and growth. */
#include "weir/map.h"

#include "weir/task.h"

#include "full.h"
#include "owned.h"

static struct weir_map map;
static uint32_t hash_mask; /* 0: all hashes are the same */

static uint32_t hash(const void *key) { return *(const uint32_t *)key & hash_mask; }

static bool equal(const void *one, const void *other) {
  return *(const uint32_t *)one == *(const uint32_t *)other;
}

static uint32_t keys_destroyed;
static void destroy_key(void *key) {
  (void)key;
  keys_destroyed++;
}

static const struct weir_map_type type = {
    WEIR_TYPE_OF(uint32_t, destroy_key),
    {{sizeof(struct owned), _Alignof(struct owned)}, owned_destroy},
    hash,
    equal};

static void setup(unsigned units_free) {
  full_setup(units_free);
  owned_reset();
  keys_destroyed = 0;
  hash_mask = UINT32_MAX;
  weir_map_init(&map, &at.heap, &type);
}

static void teardown(void) {
  weir_map_drop(&map);
  CHECK_EQUAL(map.length, 0);
  CHECK_EQUAL(owned_destroyed, owned_made);
  full_end();
}

static void insert(uint32_t key) {
  struct owned value = owned_make();
  CHECK(weir_map_try_insert(&map, &key, &value) == WEIR_MAP_INSERTED);
}

static uint32_t value_of(uint32_t key) {
  const void *value = weir_map_get(&map, &key);
  return value == NULL ? UINT32_MAX : number_of(value);
}

static void an_empty_map(void) {
  uint32_t key = 0;
  const void *found;
  void *value;
  size_t position = 0;
  struct owned out = {0, UINT32_MAX};
  setup(0);
  CHECK(weir_map_get(&map, &key) == NULL);
  CHECK(!weir_map_remove(&map, &key, &out));
  CHECK(!weir_map_next(&map, &position, &found, &value));
  CHECK(weir_map_insert_within_capacity(&map, &key, &out) == WEIR_MAP_NO_ROOM);
  CHECK(weir_map_try_insert(&map, &key, &out) == WEIR_MAP_NO_ROOM);
  CHECK_EQUAL(weir_map_capacity(&map), 0);
  CHECK(weir_map_try_shrink_to_fit(&map));
  weir_map_clear(&map);
  teardown();
}

static void keys_are_found(void) {
  for (unsigned bits = 0; bits <= 8; bits += 4) {
    setup(40);
    hash_mask = (UINT32_C(1) << bits) - 1;
    for (uint32_t key = 0; key < 48; key++)
      insert(key);
    CHECK_EQUAL(map.length, 48);
    for (uint32_t key = 0; key < 48; key++)
      CHECK_EQUAL(value_of(key), key);
    CHECK_EQUAL(value_of(48), UINT32_MAX);
    teardown();
    CHECK_EQUAL(keys_destroyed, 48);
  }
}

static void a_value_is_replaced(void) {
  uint32_t key = 5;
  struct owned value;
  setup(4);
  insert(5);
  value = owned_make();
  CHECK(weir_map_try_insert(&map, &key, &value) == WEIR_MAP_REPLACED);
  CHECK_EQUAL(owned_destroyed, 1);
  CHECK_EQUAL(keys_destroyed, 1);
  CHECK_EQUAL(value_of(5), 1);
  CHECK_EQUAL(map.length, 1);
  insert(6);
  insert(7);
  CHECK_EQUAL(map.length, weir_map_capacity(&map));
  value = owned_make();
  CHECK(weir_map_insert_within_capacity(&map, &key, &value) == WEIR_MAP_REPLACED);
  teardown();
}

static void a_full_map_has_no_room(void) {
  uint32_t key = 9;
  struct owned value = {0, UINT32_MAX};
  setup(1);
  for (uint32_t i = 0; i < 3; i++)
    insert(i);
  CHECK(weir_map_insert_within_capacity(&map, &key, &value) == WEIR_MAP_NO_ROOM);
  CHECK(weir_map_try_insert(&map, &key, &value) == WEIR_MAP_NO_ROOM);
  CHECK(!weir_map_try_reserve(&map, 1));
  CHECK(!weir_map_try_reserve(&map, SIZE_MAX));
  CHECK(!weir_map_try_reserve(&map, SIZE_MAX / 4));
  CHECK_EQUAL(map.length, 3);
  CHECK_EQUAL(value_of(1), 1);
  teardown();
}

static void a_removed_value_is_moved_out_or_destroyed(void) {
  uint32_t key = 1;
  struct owned out = {0};
  setup(4);
  for (uint32_t i = 0; i < 3; i++)
    insert(i);
  CHECK(weir_map_remove(&map, &key, &out));
  CHECK_EQUAL(number_of(&out), 1);
  CHECK_EQUAL(owned_destroyed, 0);
  CHECK_EQUAL(keys_destroyed, 1);
  owned_destroy(&out);
  CHECK(!weir_map_remove(&map, &key, &out));
  key = 2;
  CHECK(weir_map_remove(&map, &key, NULL));
  CHECK_EQUAL(owned_destroyed, 2);
  CHECK_EQUAL(map.length, 1);
  teardown();
}

/* Every set of three removals from a full small map, with few hashes: the rows close up. */
static void removals_leave_every_other_key(void) {
  for (uint32_t mask = 0; mask < 8; mask++) {
    for (uint32_t removed = 0; removed < 64; removed++) {
      setup(8);
      hash_mask = mask;
      for (uint32_t key = 0; key < 6; key++)
        insert(key * 3);
      CHECK_EQUAL(map.slot_count, 8);
      for (uint32_t key = 0; key < 6; key++)
        if ((removed >> key & 1) != 0)
          CHECK(weir_map_remove(&map, &(uint32_t){key * 3}, NULL));
      for (uint32_t key = 0; key < 6; key++)
        CHECK_EQUAL(value_of(key * 3), (removed >> key & 1) != 0 ? UINT32_MAX : key);
      for (uint32_t key = 0; map.length < 6; key++)
        insert(100 + key);
      CHECK_EQUAL(map.slot_count, 8);
      teardown();
    }
  }
}

static void a_walk_meets_every_key_once(void) {
  const void *key;
  void *value;
  size_t position = 0;
  uint64_t seen = 0;
  setup(40);
  for (uint32_t i = 0; i < 45; i++)
    insert(i);
  while (weir_map_next(&map, &position, &key, &value)) {
    uint32_t number = *(const uint32_t *)key;
    CHECK((seen >> number & 1) == 0);
    CHECK_EQUAL(number_of(value), number);
    seen |= UINT64_C(1) << number;
  }
  CHECK(!weir_map_next(&map, &position, &key, &value));
  CHECK_EQUAL(seen, (UINT64_C(1) << 45) - 1);
  teardown();
}

static void a_map_shrinks_to_what_it_holds(void) {
  setup(40);
  for (uint32_t i = 0; i < 45; i++)
    insert(i);
  for (uint32_t i = 5; i < 45; i++)
    CHECK(weir_map_remove(&map, &i, NULL));
  CHECK(weir_map_try_shrink_to_fit(&map));
  CHECK_EQUAL(map.slot_count, 8);
  CHECK(weir_map_try_shrink_to_fit(&map));
  for (uint32_t i = 0; i < 5; i++)
    CHECK_EQUAL(value_of(i), i);
  weir_map_clear(&map);
  CHECK_EQUAL(map.slot_count, 8);
  CHECK_EQUAL(value_of(1), UINT32_MAX);
  CHECK(weir_map_try_shrink_to_fit(&map));
  CHECK(map.slots == NULL);
  teardown();
}

/* Keys of one byte and values of 16 aligned to 16, and a set. */
static uint32_t hash_byte(const void *key) { return weir_hash_bytes(key, 1); }
static bool equal_byte(const void *one, const void *other) {
  return *(const unsigned char *)one == *(const unsigned char *)other;
}

static void any_layout(void) {
  static const struct weir_map_type wide = {
      {{1, 1}, NULL}, {{16, 16}, NULL}, hash_byte, equal_byte};
  static const struct weir_map_type set = {{{1, 1}, NULL}, {{0, 1}, NULL}, hash_byte, equal_byte};
  const unsigned char value[16] = {7};
  setup(40);
  weir_map_init(&map, &at.heap, &wide);
  for (unsigned char key = 0; key < 20; key++)
    CHECK(weir_map_try_insert(&map, &key, value) == WEIR_MAP_INSERTED);
  for (unsigned char key = 0; key < 20; key++)
    CHECK_EQUAL((uintptr_t)weir_map_get(&map, &key) % 16, 0);
  weir_map_drop(&map);
  weir_map_init(&map, &at.heap, &set);
  for (unsigned char key = 0; key < 20; key++)
    CHECK(weir_map_try_insert(&map, &key, NULL) == WEIR_MAP_INSERTED);
  for (unsigned char key = 0; key < 40; key++)
    CHECK_EQUAL(weir_map_get(&map, &key) != NULL, key < 20);
  teardown();
}

static void hashes_are_those_of_the_definition(void) {
  setup(0);
  CHECK_EQUAL(weir_hash_bytes("", 0), 0x811c9dc5);
  CHECK_EQUAL(weir_hash_bytes("a", 1), 0xe40c292c);
  CHECK_EQUAL(weir_hash_bytes("foobar", 6), 0xbf9cf968);
  teardown();
}

struct inserter {
  struct weir_task task;
  struct weir_growth growth;
  uint32_t key;
  struct owned value;
};

static enum weir_poll inserter_poll(struct inserter *self) {
  WEIR_TASK_BEGIN(&self->task);
  WEIR_AWAIT_INSERT(&self->task, &self->growth, &map, &self->key, &self->value);
  WEIR_TASK_END(&self->task);
}

static void a_task_awaits_its_insertion(void) {
  struct inserter inserter = {.key = 77};
  setup(1);
  for (uint32_t i = 0; i < 3; i++)
    insert(i);
  inserter.task.waker = waker.waker;
  inserter.value = owned_make();
  CHECK(inserter_poll(&inserter) == WEIR_PENDING);
  full_free(8, 2);
  CHECK_EQUAL(waker.wakes, 1);
  CHECK(inserter_poll(&inserter) == WEIR_READY);
  CHECK_EQUAL(value_of(77), 3);
  for (uint32_t i = 0; i < 3; i++)
    CHECK_EQUAL(value_of(i), i);
  teardown();
}

static void growth_is_dropped_at_each_point(void) {
  struct weir_growth growth = {0};
  setup(1);
  for (uint32_t i = 0; i < 3; i++)
    insert(i);
  CHECK(weir_map_reserve_start(&growth, &map, 1, &waker.waker) == WEIR_PENDING);
  weir_growth_drop(&growth);
  CHECK(weir_map_reserve_start(&growth, &map, 1, &waker.waker) == WEIR_PENDING);
  full_free(8, 2);
  weir_growth_drop(&growth);
  CHECK_EQUAL(map.slot_count, 4);
  CHECK(weir_map_reserve_start(&growth, &map, SIZE_MAX, &waker.waker) == WEIR_READY);
  CHECK_EQUAL(map.slot_count, 4);
  teardown();
}

int main(void) {
  RUN(an_empty_map);
  RUN(keys_are_found);
  RUN(a_value_is_replaced);
  RUN(a_full_map_has_no_room);
  RUN(a_removed_value_is_moved_out_or_destroyed);
  RUN(removals_leave_every_other_key);
  RUN(a_walk_meets_every_key_once);
  RUN(a_map_shrinks_to_what_it_holds);
  RUN(any_layout);
  RUN(hashes_are_those_of_the_definition);
  RUN(a_task_awaits_its_insertion);
  RUN(growth_is_dropped_at_each_point);
  return check_summary("collections/map");
}
