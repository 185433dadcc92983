/* A channel: order, hand-off, room and items that nobody loses, in every state of a send and of a
 * receive. */
#include "weir/channel.h"

#include "weir/alloc.h"
#include "weir/task.h"

#include "full.h"
#include "owned.h"

#define CAPACITY 3u

static struct weir_channel channel;
static struct weir_send sends[4];
static struct weir_receive receives[4];
static struct owned values[4];
static struct counter wakers[8]; /* of the sends, then of the receives */

static void setup(void) {
  full_setup(1);
  owned_reset();
  for (unsigned i = 0; i < 8; i++)
    counter_init(&wakers[i]);
  for (unsigned i = 0; i < 4; i++) {
    sends[i] = (struct weir_send){0};
    receives[i] = (struct weir_receive){0};
  }
  CHECK(weir_channel_try_new(&channel, &at.heap, &owned_type, CAPACITY));
}

/* What is in the channel still is destroyed with it; everything made was destroyed once. */
static void teardown(void) {
  CHECK(channel.senders.first == NULL && channel.senders.last == NULL);
  CHECK(channel.receivers.first == NULL && channel.receivers.last == NULL);
  CHECK_EQUAL(channel.promised, 0);
  weir_channel_drop(&channel);
  CHECK_EQUAL(owned_destroyed, owned_made);
  full_end();
}

static bool try_send(void) {
  struct owned value = owned_make();
  bool sent = weir_channel_try_send(&channel, &value);
  if (!sent)
    owned_destroy(&value);
  return sent;
}

static enum weir_poll start_send(unsigned i) {
  values[i] = owned_make();
  return weir_send_start(&sends[i], &channel, &values[i], &wakers[i].waker);
}

static enum weir_poll start_receive(unsigned i) {
  return weir_receive_start(&receives[i], &channel, &wakers[4 + i].waker);
}

static void expect_received(uint32_t number) {
  struct owned out = {0};
  CHECK(weir_channel_try_receive(&channel, &out));
  CHECK_EQUAL(number_of(&out), number);
  owned_destroy(&out);
}

static void expect_taken(unsigned i, uint32_t number) {
  struct owned out = {0};
  CHECK(weir_receive_poll(&receives[i]) == WEIR_READY);
  CHECK(weir_receive_take(&receives[i], &out));
  CHECK_EQUAL(number_of(&out), number);
  owned_destroy(&out);
  CHECK(!weir_receive_take(&receives[i], &out));
}

static void items_keep_their_order_and_the_capacity(void) {
  struct owned out;
  setup();
  CHECK(!weir_channel_try_receive(&channel, &out));
  for (uint32_t i = 0; i < 20; i += 4) {
    CHECK(try_send() && try_send() && try_send());
    CHECK_EQUAL(weir_channel_length(&channel), CAPACITY);
    CHECK(!try_send());
    for (uint32_t j = 0; j < 3; j++)
      expect_received(i + j);
  }
  CHECK(try_send());
  teardown();
}

static void a_send_with_room_is_sent_at_once(void) {
  setup();
  CHECK(start_send(0) == WEIR_READY);
  CHECK(weir_send_poll(&sends[0]) == WEIR_READY);
  CHECK(weir_send_take(&sends[0]));
  CHECK(weir_send_poll(&sends[0]) == WEIR_PENDING);
  CHECK_EQUAL(wakers[0].wakes, 0);
  expect_received(0);
  teardown();
}

static void a_receive_with_an_item_has_it_at_once(void) {
  setup();
  CHECK(try_send());
  CHECK(start_receive(0) == WEIR_READY);
  CHECK_EQUAL(wakers[4].wakes, 0);
  expect_taken(0, 0);
  teardown();
}

static void fill(void) {
  while (weir_channel_length(&channel) < CAPACITY)
    CHECK(try_send());
}

/* Room goes to the send that waits longest, with its value, before it is woken. */
static void sends_wait_in_line(void) {
  setup();
  fill();
  CHECK(start_send(0) == WEIR_PENDING);
  CHECK(start_send(1) == WEIR_PENDING);
  CHECK(!weir_send_take(&sends[0]));
  expect_received(0);
  CHECK_EQUAL(wakers[0].wakes, 1);
  CHECK_EQUAL(wakers[1].wakes, 0);
  CHECK(!try_send()); /* number 5: the room was not for it */
  CHECK(weir_send_poll(&sends[0]) == WEIR_READY);
  CHECK(weir_send_poll(&sends[1]) == WEIR_PENDING);
  CHECK(weir_send_take(&sends[0]));
  expect_received(1);
  CHECK(weir_send_take(&sends[1]));
  expect_received(2);
  expect_received(3);
  expect_received(4);
  teardown();
}

/* An item goes to the receive that waits longest, and nobody takes it on the way. */
static void receives_wait_in_line(void) {
  struct owned out;
  setup();
  CHECK(start_receive(0) == WEIR_PENDING);
  CHECK(start_receive(1) == WEIR_PENDING);
  CHECK(!weir_receive_take(&receives[0], &out));
  CHECK(try_send());
  CHECK_EQUAL(wakers[4].wakes, 1);
  CHECK_EQUAL(wakers[5].wakes, 0);
  CHECK(!weir_channel_try_receive(&channel, &out));
  CHECK(start_receive(2) == WEIR_PENDING);
  expect_taken(0, 0);
  CHECK(try_send() && try_send());
  CHECK_EQUAL(wakers[5].wakes, 1);
  CHECK_EQUAL(wakers[6].wakes, 1);
  expect_taken(1, 1);
  expect_taken(2, 2);
  teardown();
}

static void a_dropped_send_keeps_its_value(void) {
  setup();
  fill();
  weir_future_drop(weir_send_future(&sends[0]));
  CHECK(start_send(0) == WEIR_PENDING);
  CHECK(start_send(1) == WEIR_PENDING);
  CHECK(start_send(2) == WEIR_PENDING);
  CHECK(!weir_send_drop(&sends[1]));
  CHECK(!sends[1].sent);
  owned_destroy(&values[1]);
  expect_received(0);
  CHECK(weir_send_drop(&sends[0])); /* too late: it is sent */
  CHECK(sends[0].sent);
  CHECK(!weir_send_drop(&sends[2]));
  owned_destroy(&values[2]);
  expect_received(1);
  expect_received(2);
  expect_received(3);
  teardown();
}

static void a_dropped_receive_loses_no_item(void) {
  setup();
  weir_future_drop(weir_receive_future(&receives[0]));
  for (unsigned i = 0; i < 3; i++)
    CHECK(start_receive(i) == WEIR_PENDING);
  weir_receive_drop(&receives[1]);
  CHECK(try_send());
  weir_receive_drop(&receives[0]); /* with the item promised to it */
  CHECK_EQUAL(wakers[6].wakes, 1);
  expect_taken(2, 0);
  CHECK(start_receive(0) == WEIR_PENDING);
  CHECK(try_send());
  weir_receive_drop(&receives[0]);
  expect_received(1);
  teardown();
}

static void a_new_start_is_a_drop(void) {
  setup();
  CHECK(try_send());
  CHECK(start_receive(0) == WEIR_READY);
  CHECK(start_receive(0) == WEIR_READY);
  CHECK_EQUAL(channel.promised, 1);
  expect_taken(0, 0);
  CHECK(start_receive(0) == WEIR_PENDING);
  CHECK(start_receive(0) == WEIR_PENDING);
  weir_receive_drop(&receives[0]);
  teardown();
}

/* All items promised, more receives waiting, and sends waiting too. */
static void both_lines_at_once(void) {
  setup();
  fill();
  for (unsigned i = 0; i < 3; i++)
    CHECK(start_receive(i) == WEIR_READY);
  CHECK(start_receive(3) == WEIR_PENDING);
  CHECK(start_send(0) == WEIR_PENDING);
  CHECK(start_send(1) == WEIR_PENDING);
  expect_taken(1, 0);
  CHECK_EQUAL(wakers[0].wakes, 1);
  CHECK_EQUAL(wakers[7].wakes, 1);
  expect_taken(0, 1);
  expect_taken(3, 2);
  expect_taken(2, 3);
  expect_received(4);
  CHECK(weir_send_take(&sends[0]) && weir_send_take(&sends[1]));
  teardown();
}

static void a_closed_channel_takes_nothing_and_gives_what_it_has(void) {
  struct owned out;
  setup();
  fill();
  CHECK(start_send(0) == WEIR_PENDING);
  CHECK(start_send(1) == WEIR_PENDING);
  weir_channel_close(&channel);
  CHECK_EQUAL(wakers[0].wakes, 1);
  CHECK_EQUAL(wakers[1].wakes, 1);
  for (unsigned i = 0; i < 2; i++) {
    CHECK(weir_send_poll(&sends[i]) == WEIR_READY);
    CHECK(!weir_send_take(&sends[i]));
    owned_destroy(&values[i]);
  }
  CHECK(start_receive(0) == WEIR_READY);
  expect_taken(0, 0);
  CHECK(!try_send());
  CHECK(start_send(2) == WEIR_READY);
  CHECK(!weir_send_take(&sends[2]));
  owned_destroy(&values[2]);
  expect_received(1);
  expect_received(2);
  CHECK(start_receive(0) == WEIR_READY);
  CHECK(!weir_receive_take(&receives[0], &out));
  weir_receive_drop(&receives[0]);
  teardown();
}

static void a_close_wakes_who_receives(void) {
  struct owned out;
  setup();
  CHECK(start_receive(0) == WEIR_PENDING);
  weir_channel_close(&channel);
  CHECK_EQUAL(wakers[4].wakes, 1);
  CHECK(weir_receive_poll(&receives[0]) == WEIR_READY);
  CHECK(!weir_receive_take(&receives[0], &out));
  weir_receive_drop(&receives[0]);
  teardown();
}

static void a_channel_without_memory_takes_nothing(void) {
  struct weir_channel none;
  struct owned value = {0, UINT32_MAX};
  setup();
  CHECK(!weir_channel_try_new(&none, &at.heap, &owned_type, 1000));
  CHECK(!weir_channel_try_send(&none, &value));
  weir_channel_drop(&none);
  CHECK_EQUAL(weir_channel_layout(&owned_type, SIZE_MAX / 2).size, SIZE_MAX);
  CHECK(!weir_channel_init(&none, NULL, &owned_type, &value, 0));
  weir_channel_drop(&none);
  full_free(2, 1);
  CHECK(!weir_channel_try_new(&none, &at.heap, &owned_type, 0));
  teardown();
}

static void a_channel_in_memory_of_the_callers(void) {
  static struct owned memory[2];
  struct weir_channel lent;
  struct owned value;
  setup();
  CHECK(weir_channel_init(&lent, NULL, &owned_type, memory, 2));
  for (unsigned i = 0; i < 2; i++) {
    value = owned_make();
    CHECK(weir_channel_try_send(&lent, &value));
  }
  CHECK(!weir_channel_try_send(&lent, &value));
  weir_channel_drop(&lent);
  CHECK_EQUAL(owned_destroyed, 2);
  teardown();
}

struct pair {
  struct weir_task task;
  struct weir_send send;
  struct weir_receive receive;
  struct owned value;
};

static enum weir_poll sender_poll(struct pair *self) {
  WEIR_TASK_BEGIN(&self->task);
  WEIR_AWAIT_SEND(&self->task, &self->send, &channel, &self->value);
  CHECK(weir_send_take(&self->send));
  WEIR_TASK_END(&self->task);
}

static enum weir_poll receiver_poll(struct pair *self) {
  WEIR_TASK_BEGIN(&self->task);
  WEIR_AWAIT_RECEIVE(&self->task, &self->receive, &channel);
  CHECK(weir_receive_take(&self->receive, &self->value));
  WEIR_TASK_END(&self->task);
}

static void tasks_await_room_and_items(void) {
  struct pair sender = {0}, receiver = {0};
  setup();
  sender.task.waker = receiver.task.waker = waker.waker;
  CHECK(receiver_poll(&receiver) == WEIR_PENDING);
  CHECK(try_send());
  CHECK(receiver_poll(&receiver) == WEIR_READY);
  CHECK_EQUAL(number_of(&receiver.value), 0);
  owned_destroy(&receiver.value);
  fill();
  sender.value = owned_make();
  CHECK(sender_poll(&sender) == WEIR_PENDING);
  expect_received(1);
  CHECK(sender_poll(&sender) == WEIR_READY);
  teardown();
}

static void send_in_interrupt(void *context) {
  (void)context;
  (void)try_send();
}

/* An interrupt sends at each moment of a receive's life: the item is taken or is still there. */
static void an_interrupt_sends_at_each_moment(void) {
  for (unsigned moment = 1; moment < 12; moment++) {
    struct owned out = {0};
    setup();
    fake_port.interrupt = send_in_interrupt;
    fake_port.countdown = moment;
    (void)start_receive(0);
    if (weir_receive_poll(&receives[0]) == WEIR_READY) {
      CHECK(weir_receive_take(&receives[0], &out));
      owned_destroy(&out);
    }
    weir_receive_drop(&receives[0]);
    fake_port.countdown = 0;
    CHECK_EQUAL(weir_channel_length(&channel) + owned_destroyed, owned_made);
    teardown();
  }
}

int main(void) {
  RUN(items_keep_their_order_and_the_capacity);
  RUN(a_send_with_room_is_sent_at_once);
  RUN(a_receive_with_an_item_has_it_at_once);
  RUN(sends_wait_in_line);
  RUN(receives_wait_in_line);
  RUN(a_dropped_send_keeps_its_value);
  RUN(a_dropped_receive_loses_no_item);
  RUN(a_new_start_is_a_drop);
  RUN(both_lines_at_once);
  RUN(a_closed_channel_takes_nothing_and_gives_what_it_has);
  RUN(a_close_wakes_who_receives);
  RUN(a_channel_without_memory_takes_nothing);
  RUN(a_channel_in_memory_of_the_callers);
  RUN(tasks_await_room_and_items);
  RUN(an_interrupt_sends_at_each_moment);
  return check_summary("collections/channel");
}
