#include "model.h"

#include "weir/map.h"
#include "weir/queue.h"
#include "weir/string.h"

#include "owned.h"

#define ARENA 2048u
#define COUNT_MAX (ARENA / sizeof(struct owned))
#define KEYS 64u
#define HOLDS 8u
#define GROWTHS 4u

/* What the containers must hold: numbers of elements. */
static struct {
  uint32_t vec[COUNT_MAX];
  size_t vec_length;
  uint32_t queue[COUNT_MAX];
  size_t queue_length;
  uint32_t map[KEYS]; /* UINT32_MAX: not there */
  char text[ARENA];
  size_t text_length;
} plain;

static struct {
  struct weir_vec vec;
  struct weir_queue queue;
  struct weir_map map;
  struct weir_string string;
} real;

static _Alignas(16) unsigned char arena[ARENA];
static struct weir_heap heap;
static struct weir_wait_queue queue_of_waiters;
static struct weir_growth growths[GROWTHS]; /* one for each container, in their order above */
static struct {
  void *block;
  struct weir_layout layout;
} holds[HOLDS]; /* other blocks: they fill and fragment the heap */

static struct {
  const unsigned char *at, *end;
} script;

static uint32_t next(void) { return script.at == script.end ? 0 : *script.at++; }

static void wake(void *context) { (void)context; }
static const struct weir_waker waker = {wake, NULL};

/* Few hashes: long rows. */
static uint32_t hash(const void *key) { return *(const unsigned char *)key & 7; }
static bool equal(const void *one, const void *other) {
  return *(const unsigned char *)one == *(const unsigned char *)other;
}
static const struct weir_map_type map_type = {
    {{1, 1}, NULL}, {{sizeof(struct owned), _Alignof(struct owned)}, owned_destroy}, hash, equal};

static void give_up(struct owned *value, bool taken) {
  if (!taken)
    owned_destroy(value);
}

static void insert_number(uint32_t *array, size_t *length, size_t index, uint32_t number) {
  for (size_t i = (*length)++; i > index; i--)
    array[i] = array[i - 1];
  array[index] = number;
}

static uint32_t remove_number(uint32_t *array, size_t *length, size_t index) {
  uint32_t number = array[index];
  for (size_t i = index + 1; i < *length; i++)
    array[i - 1] = array[i];
  (*length)--;
  return number;
}

static void expect_out(struct owned *out, uint32_t number) {
  CHECK_EQUAL(number_of(out), number);
  owned_destroy(out);
}

/* ---- one step on each ---- */

static void step_vec(uint32_t kind, size_t index) {
  struct owned value = {0};
  bool done;
  index = real.vec.length == 0 ? 0 : index % real.vec.length;
  switch (kind % 8) {
  case 0:
  case 1:
    value = owned_make();
    done = kind % 8 == 0 ? weir_vec_try_push(&real.vec, &value)
                         : weir_vec_push_within_capacity(&real.vec, &value);
    give_up(&value, done);
    if (done)
      insert_number(plain.vec, &plain.vec_length, plain.vec_length, value.number);
    break;
  case 2:
    value = owned_make();
    done = weir_vec_insert_within_capacity(&real.vec, index, &value);
    give_up(&value, done);
    if (done)
      insert_number(plain.vec, &plain.vec_length, index, value.number);
    break;
  case 3:
    if (weir_vec_remove(&real.vec, index, &value))
      expect_out(&value, remove_number(plain.vec, &plain.vec_length, index));
    break;
  case 4:
    if (weir_vec_swap_remove(&real.vec, index, &value)) {
      uint32_t last = plain.vec[--plain.vec_length];
      expect_out(&value, index == plain.vec_length ? last : plain.vec[index]);
      plain.vec[index] = last;
    }
    break;
  case 5:
    if (weir_vec_pop(&real.vec, &value))
      expect_out(&value, plain.vec[--plain.vec_length]);
    break;
  case 6:
    weir_vec_truncate(&real.vec, index);
    plain.vec_length = index;
    break;
  default:
    weir_vec_shrink_to_fit(&real.vec);
  }
}

static void step_queue(uint32_t kind, size_t index) {
  struct owned value = {0};
  bool done;
  switch (kind % 10) {
  case 0:
  case 1:
    value = owned_make();
    done = kind % 10 == 0 ? weir_queue_try_push_back(&real.queue, &value)
                          : weir_queue_push_back_within_capacity(&real.queue, &value);
    give_up(&value, done);
    if (done)
      insert_number(plain.queue, &plain.queue_length, plain.queue_length, value.number);
    break;
  case 2:
  case 3:
    value = owned_make();
    done = kind % 10 == 2 ? weir_queue_try_push_front(&real.queue, &value)
                          : weir_queue_push_front_within_capacity(&real.queue, &value);
    give_up(&value, done);
    if (done)
      insert_number(plain.queue, &plain.queue_length, 0, value.number);
    break;
  case 4:
  case 5:
    if (weir_queue_pop_front(&real.queue, &value))
      expect_out(&value, remove_number(plain.queue, &plain.queue_length, 0));
    break;
  case 6:
    if (weir_queue_pop_back(&real.queue, &value))
      expect_out(&value, plain.queue[--plain.queue_length]);
    break;
  case 7:
    index = real.queue.length == 0 ? 0 : index % real.queue.length;
    weir_queue_truncate(&real.queue, index);
    plain.queue_length = index;
    break;
  case 8:
    weir_queue_make_contiguous(&real.queue);
    break;
  default:
    weir_queue_shrink_to_fit(&real.queue);
  }
}

static void step_map(uint32_t kind, size_t index) {
  unsigned char key = (unsigned char)(index % KEYS);
  struct owned value = {0};
  enum weir_map_insert done;
  switch (kind % 6) {
  case 0:
  case 1:
  case 2:
    value = owned_make();
    done = kind % 6 == 0 ? weir_map_insert_within_capacity(&real.map, &key, &value)
                         : weir_map_try_insert(&real.map, &key, &value);
    give_up(&value, done != WEIR_MAP_NO_ROOM);
    if (done != WEIR_MAP_NO_ROOM) {
      CHECK_EQUAL(done == WEIR_MAP_INSERTED, plain.map[key] == UINT32_MAX);
      plain.map[key] = value.number;
    }
    break;
  case 3:
    CHECK_EQUAL(weir_map_remove(&real.map, &key, &value), plain.map[key] != UINT32_MAX);
    if (plain.map[key] != UINT32_MAX)
      expect_out(&value, plain.map[key]);
    plain.map[key] = UINT32_MAX;
    break;
  case 4:
    CHECK_EQUAL(weir_map_remove(&real.map, &key, NULL), plain.map[key] != UINT32_MAX);
    plain.map[key] = UINT32_MAX;
    break;
  default:
    (void)weir_map_try_shrink_to_fit(&real.map);
  }
}

static void step_string(uint32_t kind, size_t index) {
  static const char text[] = "water holds back";
  size_t length = index % sizeof text;
  uint32_t out;
  bool done;
  switch (kind % 5) {
  case 0:
  case 1:
    done = kind % 5 == 0 ? weir_string_try_append(&real.string, text, length)
                         : weir_string_append_within_capacity(&real.string, text, length);
    for (size_t i = 0; done && i < length; i++)
      plain.text[plain.text_length++] = text[i];
    break;
  case 2:
    done = weir_string_pop(&real.string, &out);
    CHECK_EQUAL(done, plain.text_length != 0);
    if (done)
      CHECK_EQUAL(out, (unsigned char)plain.text[--plain.text_length]);
    break;
  case 3:
    weir_string_truncate(&real.string, index);
    if (index < plain.text_length)
      plain.text_length = index;
    break;
  default:
    weir_string_shrink_to_fit(&real.string);
  }
}

/* Another block is taken, or freed, or made the string's neighbour no more. */
static void step_heap(uint32_t kind, size_t index) {
  size_t which = kind % HOLDS;
  if (holds[which].block == NULL) {
    holds[which].layout = (struct weir_layout){index * 4, 8};
    holds[which].block = weir_heap_try_alloc(&heap, holds[which].layout);
    return;
  }
  weir_heap_free(&heap, holds[which].block, holds[which].layout);
  holds[which].block = NULL;
}

/* A growth is started, polled or dropped, in whatever state it is. */
static void step_growth(uint32_t kind, size_t additional) {
  static bool started[GROWTHS];
  size_t which = kind % GROWTHS;
  struct weir_growth *growth = &growths[which];
  switch (kind / GROWTHS % 3) {
  case 0:
    if (which == 0)
      (void)weir_vec_reserve_start(growth, &real.vec, additional, &waker);
    else if (which == 1)
      (void)weir_queue_reserve_start(growth, &real.queue, additional, &waker);
    else if (which == 2)
      (void)weir_map_reserve_start(growth, &real.map, additional, &waker);
    else
      (void)weir_string_reserve_start(growth, &real.string, additional, &waker);
    started[which] = true;
    break;
  case 1:
    if (growth->kind != NULL && started[which])
      (void)weir_growth_poll(growth);
    break;
  default:
    weir_growth_drop(growth);
    started[which] = false;
  }
}

static void compare(void) {
  size_t keys = 0;
  CHECK_EQUAL(real.vec.length, plain.vec_length);
  for (size_t i = 0; i < plain.vec_length; i++)
    CHECK_EQUAL(number_of(weir_vec_at(&real.vec, i)), plain.vec[i]);
  CHECK_EQUAL(real.queue.length, plain.queue_length);
  for (size_t i = 0; i < plain.queue_length; i++)
    CHECK_EQUAL(number_of(weir_queue_at(&real.queue, i)), plain.queue[i]);
  for (unsigned char key = 0; key < KEYS; key++) {
    const void *value = weir_map_get(&real.map, &key);
    CHECK_EQUAL(value == NULL ? UINT32_MAX : number_of(value), plain.map[key]);
    keys += plain.map[key] != UINT32_MAX;
  }
  CHECK_EQUAL(real.map.length, keys);
  CHECK(weir_string_equals(&real.string, plain.text, plain.text_length));
  CHECK(weir_string_text(&real.string)[plain.text_length] == '\0');
}

static void start(void) {
  owned_reset();
  CHECK(weir_heap_init(&heap, arena, sizeof arena) == WEIR_OK);
  weir_heap_let_wait(&heap, &queue_of_waiters, NULL, NULL);
  weir_vec_init(&real.vec, &heap, &owned_type);
  weir_queue_init(&real.queue, &heap, &owned_type);
  weir_map_init(&real.map, &heap, &map_type);
  weir_string_init(&real.string, &heap);
  plain.vec_length = plain.queue_length = plain.text_length = 0;
  for (size_t key = 0; key < KEYS; key++)
    plain.map[key] = UINT32_MAX;
  for (size_t i = 0; i < GROWTHS; i++)
    growths[i] = (struct weir_growth){0};
}

static void finish(void) {
  for (size_t i = 0; i < GROWTHS; i++)
    weir_growth_drop(&growths[i]);
  weir_vec_drop(&real.vec);
  weir_queue_drop(&real.queue);
  weir_map_drop(&real.map);
  weir_string_drop(&real.string);
  for (size_t i = 0; i < HOLDS; i++) {
    weir_heap_free(&heap, holds[i].block, holds[i].layout);
    holds[i].block = NULL;
  }
  weir_heap_drain(&heap, SIZE_MAX);
  CHECK_EQUAL(weir_heap_stats(&heap).used, 0);
  CHECK_EQUAL(weir_heap_stats(&heap).wait.waiters, 0);
  CHECK_EQUAL(owned_destroyed, owned_made);
  CHECK(weir_heap_check(&heap));
}

void model_run(const unsigned char *bytes, size_t size) {
  static void (*const steps[])(uint32_t, size_t) = {step_vec,    step_queue, step_map,
                                                    step_string, step_heap,  step_growth};
  script.at = bytes;
  script.end = bytes + size;
  start();
  while (script.at != script.end && owned_made < OWNED_MAX - 1) {
    uint32_t which = next();
    uint32_t kind = next();
    steps[which % 6](kind, next());
    compare();
  }
  finish();
}
