/* A queue: both ends, around the end of its ring, through every way it can grow. */
#include "weir/queue.h"

#include "weir/task.h"

#include "full.h"
#include "owned.h"

static struct weir_queue queue;

static void setup(unsigned units_free) {
  full_setup(units_free);
  owned_reset();
  weir_queue_init(&queue, &at.heap, &owned_type);
}

static void teardown(void) {
  weir_queue_drop(&queue);
  CHECK_EQUAL(owned_destroyed, owned_made);
  full_end();
}

static void push(void) {
  struct owned value = owned_make();
  CHECK(weir_queue_try_push_back(&queue, &value));
}

/* The next `count` come off in order, from `first` on. */
static void expect_popped(uint32_t first, uint32_t count) {
  struct owned out = {0};
  for (uint32_t i = 0; i < count; i++) {
    CHECK(weir_queue_pop_front(&queue, &out));
    CHECK_EQUAL(number_of(&out), first + i);
    owned_destroy(&out);
  }
}

static void expect(uint32_t first, uint32_t count) {
  CHECK_EQUAL(queue.length, count);
  for (uint32_t i = 0; i < count; i++)
    CHECK_EQUAL(number_of(weir_queue_at(&queue, i)), first + i);
  CHECK(weir_queue_at(&queue, count) == NULL);
}

static void an_empty_queue(void) {
  struct owned out;
  setup(0);
  expect(0, 0);
  CHECK(!weir_queue_pop_front(&queue, &out));
  CHECK(!weir_queue_pop_back(&queue, &out));
  CHECK(!weir_queue_push_back_within_capacity(&queue, &out));
  CHECK(!weir_queue_push_front_within_capacity(&queue, &out));
  CHECK(!weir_queue_try_push_back(&queue, &out));
  CHECK(!weir_queue_try_push_front(&queue, &out));
  weir_queue_truncate(&queue, 0);
  weir_queue_make_contiguous(&queue);
  weir_queue_shrink_to_fit(&queue);
  teardown();
}

static void elements_leave_in_the_order_of_their_arrival(void) {
  setup(16);
  for (uint32_t i = 0; i < 40; i++) {
    push();
    push();
    expect_popped(i, 1);
  }
  expect(40, 40);
  teardown();
}

static void both_ends(void) {
  struct owned value;
  setup(4);
  for (uint32_t i = 0; i < 10; i++) {
    value = owned_make();
    CHECK(i % 2 == 0 ? weir_queue_try_push_front(&queue, &value)
                     : weir_queue_try_push_back(&queue, &value));
  }
  for (uint32_t i = 0; i < 5; i++) {
    CHECK_EQUAL(number_of(weir_queue_at(&queue, i)), 8 - 2 * i);
    CHECK_EQUAL(number_of(weir_queue_at(&queue, 5 + i)), 2 * i + 1);
  }
  for (uint32_t i = 10; i-- > 0;) {
    CHECK(i % 2 == 0 ? weir_queue_pop_front(&queue, &value) : weir_queue_pop_back(&queue, &value));
    CHECK_EQUAL(number_of(&value), i);
    owned_destroy(&value);
  }
  teardown();
}

/* A full ring of 8 whose first element lies at `head`. */
static void ring(uint32_t head) {
  setup(1);
  CHECK(weir_queue_try_reserve(&queue, 8));
  CHECK_EQUAL(queue.capacity, 8);
  for (uint32_t i = 0; i < 8; i++)
    push();
  expect_popped(0, head);
  for (uint32_t i = 0; i < head; i++)
    push();
  expect(head, 8);
}

static void a_ring_grows_where_it_is(void) {
  for (uint32_t head = 0; head < 8; head++) {
    const void *items;
    ring(head);
    items = queue.items;
    full_free(1, 1);
    push();
    CHECK(queue.items == items);
    expect(head, 9);
    for (uint32_t i = 9; i < queue.capacity; i++)
      push();
    expect(head, (uint32_t)queue.capacity);
    teardown();
  }
}

static void a_ring_grows_by_moving(void) {
  for (uint32_t head = 0; head < 8; head++) {
    const void *items;
    ring(head);
    items = queue.items;
    full_free(8, 2);
    push();
    CHECK(queue.items != items);
    CHECK_EQUAL(queue.capacity, 16);
    expect(head, 9);
    teardown();
  }
}

static void a_ring_lies_in_one_piece_when_asked(void) {
  for (uint32_t head = 0; head < 8; head++) {
    for (uint32_t left = 0; left <= 8; left++) {
      ring(head);
      weir_queue_truncate(&queue, left);
      weir_queue_make_contiguous(&queue);
      expect(head, left);
      if (left != 0)
        CHECK(weir_queue_at(&queue, 0) == queue.items);
      for (uint32_t i = left; i < 8; i++)
        push();
      CHECK_EQUAL(queue.capacity, 8);
      teardown();
    }
  }
}

static void what_a_queue_shrinks_by_is_given_back(void) {
  for (uint32_t head = 0; head < 8; head++) {
    ring(head);
    weir_queue_truncate(&queue, 3);
    weir_queue_shrink_to_fit(&queue);
    CHECK_EQUAL(queue.capacity, 3);
    expect(head, 3);
    expect_popped(head, 3);
    weir_queue_shrink_to_fit(&queue);
    CHECK(queue.items == NULL);
    teardown();
  }
}

static void a_cut_destroys_what_is_behind_it(void) {
  ring(5);
  weir_queue_truncate(&queue, 9);
  weir_queue_truncate(&queue, 2);
  CHECK_EQUAL(owned_destroyed, 5 + 6);
  expect(5, 2);
  teardown();
}

static void a_queue_that_cannot_grow_stays_as_it_is(void) {
  struct owned value = {0, UINT32_MAX};
  ring(3);
  CHECK(!weir_queue_push_back_within_capacity(&queue, &value));
  CHECK(!weir_queue_push_front_within_capacity(&queue, &value));
  CHECK(!weir_queue_try_push_back(&queue, &value));
  CHECK(!weir_queue_try_reserve(&queue, SIZE_MAX));
  CHECK(!weir_queue_try_reserve(&queue, SIZE_MAX / sizeof value));
  expect(3, 8);
  teardown();
}

struct pusher {
  struct weir_task task;
  struct weir_growth growth;
  struct owned value;
};

static enum weir_poll push_back(struct pusher *self) {
  WEIR_TASK_BEGIN(&self->task);
  WEIR_AWAIT_PUSH_BACK(&self->task, &self->growth, &queue, &self->value);
  WEIR_TASK_END(&self->task);
}

static enum weir_poll push_front(struct pusher *self) {
  WEIR_TASK_BEGIN(&self->task);
  WEIR_AWAIT_PUSH_FRONT(&self->task, &self->growth, &queue, &self->value);
  WEIR_TASK_END(&self->task);
}

static void tasks_await_their_pushes(void) {
  struct pusher back = {0}, front = {0};
  for (uint32_t head = 0; head < 8; head++) {
    back = front = (struct pusher){0};
    ring(head);
    back.task.waker = front.task.waker = waker.waker;
    back.value = owned_make();
    front.value = owned_make();
    CHECK(push_back(&back) == WEIR_PENDING);
    CHECK(push_front(&front) == WEIR_PENDING);
    expect(head, 8);
    full_free(8, 2);
    CHECK(waker.wakes >= 1);
    CHECK(push_back(&back) == WEIR_READY);
    full_free(16, 3);
    CHECK(push_front(&front) == WEIR_READY);
    CHECK_EQUAL(queue.length, 10);
    CHECK_EQUAL(number_of(weir_queue_at(&queue, 0)), front.value.number);
    CHECK_EQUAL(number_of(weir_queue_at(&queue, 1)), head);
    CHECK_EQUAL(number_of(weir_queue_at(&queue, 9)), back.value.number);
    teardown();
  }
}

static void growth_is_dropped_at_each_point(void) {
  struct weir_growth growth = {0};
  ring(3);
  CHECK(weir_queue_reserve_start(&growth, &queue, 1, &waker.waker) == WEIR_PENDING);
  weir_future_drop(weir_growth_future(&growth));
  CHECK(weir_queue_reserve_start(&growth, &queue, 1, &waker.waker) == WEIR_PENDING);
  full_free(8, 2);
  weir_growth_drop(&growth);
  CHECK_EQUAL(queue.capacity, 8);
  CHECK(weir_queue_reserve_start(&growth, &queue, SIZE_MAX, &waker.waker) == WEIR_READY);
  expect(3, 8);
  teardown();
}

int main(void) {
  RUN(an_empty_queue);
  RUN(elements_leave_in_the_order_of_their_arrival);
  RUN(both_ends);
  RUN(a_ring_grows_where_it_is);
  RUN(a_ring_grows_by_moving);
  RUN(a_ring_lies_in_one_piece_when_asked);
  RUN(what_a_queue_shrinks_by_is_given_back);
  RUN(a_cut_destroys_what_is_behind_it);
  RUN(a_queue_that_cannot_grow_stays_as_it_is);
  RUN(tasks_await_their_pushes);
  RUN(growth_is_dropped_at_each_point);
  return check_summary("collections/queue");
}
