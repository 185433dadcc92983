/* Box and vec: what they own is destroyed once and given back, whatever way it was made. */
#include "weir/box.h"
#include "weir/task.h"
#include "weir/vec.h"

#include "check.h"
#include "fake_port.h"
#include "fixture.h"

static struct fixture at;
static struct counter waker;
static unsigned destroyed;
static unsigned last_destroyed;

struct thing {
  uint32_t number;
  uint32_t rest[15];
};

static void destroy(void *object) {
  destroyed++;
  last_destroyed = ((struct thing *)object)->number;
}

static const struct weir_type thing_type = WEIR_TYPE_OF(struct thing, destroy);

static void setup(void) {
  fake_port_reset();
  fixture_fill(&at);
  counter_init(&waker);
  destroyed = 0;
}

static struct thing numbered(uint32_t number) { return (struct thing){.number = number}; }

static void a_box_owns_its_object(void) {
  struct weir_box box = {0};
  struct thing value = numbered(7);
  setup();
  CHECK(!weir_box_try_new(&box, &at.heap, &thing_type, &value));
  CHECK(box.object == NULL);
  fixture_free(&at, 0);
  CHECK(weir_box_try_new(&box, &at.heap, &thing_type, &value));
  CHECK_EQUAL(WEIR_BOX_GET(&box, struct thing)->number, 7);
  weir_box_drop(&box);
  weir_box_drop(&box);
  CHECK_EQUAL(destroyed, 1);
  fixture_end(&at);
}

static void a_box_without_a_value_is_zero(void) {
  struct weir_box box = {0};
  setup();
  fixture_free(&at, 0);
  CHECK(weir_box_try_new(&box, &at.heap, &thing_type, NULL));
  for (unsigned i = 0; i < 15; i++)
    CHECK_EQUAL(WEIR_BOX_GET(&box, struct thing)->rest[i], 0);
  weir_box_drop(&box);
  fixture_end(&at);
}

static void a_released_object_is_the_callers(void) {
  struct weir_box box = {0};
  void *object;
  setup();
  fixture_free(&at, 0);
  CHECK(weir_box_try_new(&box, &at.heap, &thing_type, NULL));
  object = weir_box_release(&box);
  weir_box_drop(&box);
  CHECK_EQUAL(destroyed, 0);
  weir_heap_free(&at.heap, object, thing_type.layout);
  fixture_end(&at);
}

static void a_box_is_awaited(void) {
  struct weir_box box = {0};
  struct weir_box_new construction = {0};
  struct thing value = numbered(9);
  setup();
  CHECK(weir_box_new_start(&construction, &at.heap, &thing_type, &waker.waker) == WEIR_PENDING);
  CHECK(!weir_box_new_take(&construction, &box, &value));
  fixture_free(&at, 0);
  weir_heap_drain(&at.heap, SIZE_MAX);
  CHECK_EQUAL(waker.wakes, 1);
  CHECK(weir_box_new_poll(&construction) == WEIR_READY);
  CHECK(weir_box_new_take(&construction, &box, &value));
  CHECK(!weir_box_new_take(&construction, &box, &value));
  CHECK_EQUAL(WEIR_BOX_GET(&box, struct thing)->number, 9);
  weir_box_new_drop(&construction);
  weir_box_drop(&box);
  CHECK_EQUAL(destroyed, 1);
  fixture_end(&at);
}

static void a_dropped_construction_destroys_nothing(void) {
  struct weir_box_new construction = {0};
  setup();
  weir_box_new_drop(&construction);
  CHECK(weir_box_new_start(&construction, &at.heap, &thing_type, &waker.waker) == WEIR_PENDING);
  weir_future_drop(weir_box_new_future(&construction));
  fixture_free(&at, 0);
  CHECK(weir_box_new_start(&construction, &at.heap, &thing_type, &waker.waker) == WEIR_READY);
  weir_box_new_drop(&construction);
  CHECK_EQUAL(destroyed, 0);
  fixture_end(&at);
}

static void push(struct weir_vec *vec, uint32_t number) {
  struct thing value = numbered(number);
  CHECK(weir_vec_try_push(vec, &value));
}

static void check_numbers(const struct weir_vec *vec, size_t length) {
  CHECK_EQUAL(vec->length, length);
  for (size_t i = 0; i < length; i++)
    CHECK_EQUAL(((struct thing *)weir_vec_at(vec, i))->number, i);
  CHECK(weir_vec_at(vec, length) == NULL);
}

static void free_units(unsigned first, unsigned count) {
  for (unsigned i = first; i < first + count; i++)
    fixture_free(&at, i);
}

static void a_vec_grows_and_keeps_its_elements(void) {
  struct weir_vec vec;
  struct thing value;
  setup();
  free_units(0, at.count);
  weir_vec_init(&vec, &at.heap, &thing_type);
  check_numbers(&vec, 0);
  CHECK(!weir_vec_pop(&vec, &value));
  for (uint32_t i = 0; i < 20; i++)
    push(&vec, i);
  check_numbers(&vec, 20);
  CHECK(vec.capacity >= 20);
  CHECK(weir_vec_pop(&vec, &value));
  CHECK_EQUAL(value.number, 19);
  weir_vec_truncate(&vec, 5);
  CHECK_EQUAL(destroyed, 14);
  CHECK_EQUAL(last_destroyed, 5);
  check_numbers(&vec, 5);
  weir_vec_drop(&vec);
  CHECK_EQUAL(destroyed, 19);
  push(&vec, 0);
  weir_vec_drop(&vec);
  fixture_end(&at);
}

static void a_vec_that_cannot_grow_stays_as_it_is(void) {
  struct weir_vec vec;
  struct thing value = numbered(4);
  setup();
  free_units(0, 4);
  weir_vec_init(&vec, &at.heap, &thing_type);
  for (uint32_t i = 0; i < 4; i++)
    push(&vec, i);
  CHECK(!weir_vec_push_within_capacity(&vec, &value));
  CHECK(!weir_vec_try_push(&vec, &value));
  CHECK(!weir_vec_try_reserve(&vec, SIZE_MAX));
  CHECK(!weir_vec_try_reserve(&vec, SIZE_MAX / sizeof(struct thing)));
  check_numbers(&vec, 4);
  weir_vec_drop(&vec);
  fixture_end(&at);
}

static void what_a_vec_shrinks_by_is_given_back(void) {
  struct weir_vec vec;
  setup();
  free_units(0, 16);
  weir_vec_init(&vec, &at.heap, &thing_type);
  for (uint32_t i = 0; i < 6; i++)
    push(&vec, i);
  weir_vec_shrink_to_fit(&vec);
  CHECK_EQUAL(vec.capacity, 6);
  check_numbers(&vec, 6);
  weir_vec_truncate(&vec, 0);
  weir_vec_shrink_to_fit(&vec);
  CHECK(vec.items == NULL && vec.capacity == 0);
  fixture_end(&at);
}

/* A vec of four things in the first four units, with no room to grow. */
static void four_and_no_room(struct weir_vec *vec) {
  setup();
  free_units(0, 4);
  weir_vec_init(vec, &at.heap, &thing_type);
  for (uint32_t i = 0; i < 4; i++)
    push(vec, i);
}

static void growth_is_awaited_and_moves_the_elements(void) {
  struct weir_vec vec;
  struct weir_growth growth = {0};
  four_and_no_room(&vec);
  CHECK(weir_vec_reserve_start(&growth, &vec, 2, &waker.waker) == WEIR_PENDING);
  check_numbers(&vec, 4);
  free_units(8, 6);
  weir_heap_drain(&at.heap, SIZE_MAX);
  CHECK_EQUAL(waker.wakes, 1);
  CHECK(weir_growth_poll(&growth) == WEIR_READY);
  CHECK(weir_growth_poll(&growth) == WEIR_READY);
  check_numbers(&vec, 4);
  CHECK_EQUAL(vec.capacity, 6);
  weir_vec_drop(&vec);
  CHECK_EQUAL(destroyed, 4);
  fixture_end(&at);
}

static void room_that_others_fill_is_asked_for_again(void) {
  struct weir_vec vec;
  struct weir_growth growth[2] = {0};
  struct thing value = numbered(4);
  four_and_no_room(&vec);
  CHECK(weir_vec_reserve_start(&growth[0], &vec, 1, &waker.waker) == WEIR_PENDING);
  CHECK(weir_vec_reserve_start(&growth[1], &vec, 1, &waker.waker) == WEIR_PENDING);
  free_units(8, 5);
  CHECK(weir_growth_poll(&growth[0]) == WEIR_READY);
  CHECK(weir_vec_push_within_capacity(&vec, &value));
  CHECK(weir_growth_poll(&growth[1]) == WEIR_PENDING);
  free_units(16, 8);
  CHECK(weir_growth_poll(&growth[1]) == WEIR_READY);
  value = numbered(5);
  CHECK(weir_vec_push_within_capacity(&vec, &value));
  check_numbers(&vec, 6);
  weir_vec_drop(&vec);
  fixture_end(&at);
}

static void growth_that_is_not_needed_any_more_goes_back(void) {
  struct weir_vec vec;
  struct weir_growth growth = {0};
  struct thing value;
  four_and_no_room(&vec);
  CHECK(weir_vec_reserve_start(&growth, &vec, 1, &waker.waker) == WEIR_PENDING);
  free_units(8, 5);
  weir_heap_drain(&at.heap, SIZE_MAX);
  CHECK(weir_vec_pop(&vec, &value));
  CHECK(weir_growth_poll(&growth) == WEIR_READY);
  CHECK_EQUAL(vec.capacity, 4);
  weir_vec_drop(&vec);
  fixture_end(&at);
}

static void growth_may_be_dropped(void) {
  struct weir_vec vec;
  struct weir_growth growth = {0};
  four_and_no_room(&vec);
  weir_growth_drop(&growth);
  CHECK(weir_vec_reserve_start(&growth, &vec, 1, &waker.waker) == WEIR_PENDING);
  weir_future_drop(weir_growth_future(&growth));
  CHECK(weir_vec_reserve_start(&growth, &vec, 1, &waker.waker) == WEIR_PENDING);
  free_units(8, 5);
  weir_heap_drain(&at.heap, SIZE_MAX);
  weir_growth_drop(&growth);
  check_numbers(&vec, 4);
  CHECK_EQUAL(vec.capacity, 4);
  weir_vec_drop(&vec);
  fixture_end(&at);
}

static void growth_that_a_timer_beats_has_timed_out(void) {
  struct weir_vec vec;
  struct weir_growth growth = {0};
  struct weir_timers timers = {0};
  struct weir_timer timer = {0};
  four_and_no_room(&vec);
  CHECK(weir_vec_reserve_start(&growth, &vec, 1, &waker.waker) == WEIR_PENDING);
  weir_timer_start_after(&timer, &timers, 0, &waker.waker);
  weir_timers_expire(&timers, fake_port.now);
  CHECK(weir_select(weir_growth_future(&growth), weir_timer_future(&timer)) == WEIR_SECOND);
  CHECK_EQUAL(weir_heap_stats(&at.heap).wait.timeouts, 1);
  CHECK_EQUAL(weir_heap_stats(&at.heap).wait.cancels, 0);
  weir_vec_drop(&vec);
  fixture_end(&at);
}

static void growth_beyond_the_heap_ends(void) {
  struct weir_vec vec;
  struct weir_growth growth = {0};
  four_and_no_room(&vec);
  CHECK(weir_vec_reserve_start(&growth, &vec, 1000, &waker.waker) == WEIR_READY);
  CHECK(weir_vec_reserve_start(&growth, &vec, SIZE_MAX, &waker.waker) == WEIR_READY);
  CHECK_EQUAL(vec.capacity, 4);
  weir_growth_drop(&growth);
  weir_vec_drop(&vec);
  fixture_end(&at);
}

static void elements_go_in_and_out_anywhere(void) {
  struct weir_vec vec;
  struct thing value;
  const struct thing more[3] = {{.number = 10}, {.number = 11}, {.number = 12}};
  four_and_no_room(&vec);
  value = numbered(9);
  CHECK(!weir_vec_insert_within_capacity(&vec, 0, &value));
  CHECK(!weir_vec_append_within_capacity(&vec, more, 1));
  CHECK(weir_vec_append_within_capacity(&vec, more, 0));
  CHECK(weir_vec_remove(&vec, 1, &value));
  CHECK_EQUAL(value.number, 1);
  CHECK(!weir_vec_remove(&vec, 3, &value));
  CHECK(!weir_vec_insert_within_capacity(&vec, 4, &value));
  CHECK(weir_vec_insert_within_capacity(&vec, 1, &value));
  check_numbers(&vec, 4);
  CHECK(weir_vec_swap_remove(&vec, 0, &value));
  CHECK_EQUAL(((struct thing *)weir_vec_at(&vec, 0))->number, 3);
  CHECK(weir_vec_swap_remove(&vec, 2, &value));
  CHECK_EQUAL(value.number, 2);
  CHECK(!weir_vec_swap_remove(&vec, 2, &value));
  CHECK(weir_vec_append_within_capacity(&vec, more, 2));
  CHECK(!weir_vec_try_append(&vec, more, 3));
  CHECK_EQUAL(vec.length, 4);
  free_units(8, 8);
  CHECK(weir_vec_try_append(&vec, more, 3));
  CHECK_EQUAL(((struct thing *)weir_vec_at(&vec, 6))->number, 12);
  value = numbered(13);
  CHECK(weir_vec_insert_within_capacity(&vec, 7, &value));
  CHECK_EQUAL(((struct thing *)weir_vec_at(&vec, 7))->number, 13);
  CHECK_EQUAL(destroyed, 0);
  weir_vec_drop(&vec);
  CHECK_EQUAL(destroyed, 8);
  fixture_end(&at);
}

struct pusher {
  struct weir_task task;
  struct weir_growth growth;
  struct weir_vec *vec;
  struct thing value;
};

static enum weir_poll pusher_poll(struct pusher *self) {
  WEIR_TASK_BEGIN(&self->task);
  WEIR_AWAIT_PUSH(&self->task, &self->growth, self->vec, &self->value);
  WEIR_TASK_END(&self->task);
}

static void a_task_awaits_its_push(void) {
  struct weir_vec vec;
  struct pusher pusher = {.vec = &vec, .value = numbered(4)};
  four_and_no_room(&vec);
  pusher.task.waker = waker.waker;
  CHECK(pusher_poll(&pusher) == WEIR_PENDING);
  free_units(8, 5);
  CHECK(pusher_poll(&pusher) == WEIR_READY);
  check_numbers(&vec, 5);
  weir_vec_drop(&vec);
  fixture_end(&at);
}

int main(void) {
  RUN(a_box_owns_its_object);
  RUN(a_box_without_a_value_is_zero);
  RUN(a_released_object_is_the_callers);
  RUN(a_box_is_awaited);
  RUN(a_dropped_construction_destroys_nothing);
  RUN(a_vec_grows_and_keeps_its_elements);
  RUN(a_vec_that_cannot_grow_stays_as_it_is);
  RUN(what_a_vec_shrinks_by_is_given_back);
  RUN(growth_is_awaited_and_moves_the_elements);
  RUN(room_that_others_fill_is_asked_for_again);
  RUN(growth_that_is_not_needed_any_more_goes_back);
  RUN(growth_may_be_dropped);
  RUN(growth_that_a_timer_beats_has_timed_out);
  RUN(growth_beyond_the_heap_ends);
  RUN(elements_go_in_and_out_anywhere);
  RUN(a_task_awaits_its_push);
  return check_summary("collections/containers");
}
