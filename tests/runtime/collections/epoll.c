/* The same tasks on Linux, asleep in epoll: descriptors, timers and other threads end the sleep. */
#define _GNU_SOURCE

#include "weir/alloc.h"
#include "weir/channel.h"
#include "weir/descriptor.h"
#include "weir/executor.h"
#include "weir/task.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"

#define MESSAGES 500u

static _Alignas(16) unsigned char arena[4096];
static struct weir_heap heap;
static struct weir_executor executor;
static struct weir_keeper keeper;

static void setup(void) {
  executor = (struct weir_executor){0};
  keeper = (struct weir_keeper){0};
  CHECK(weir_heap_init(&heap, arena, sizeof arena) == WEIR_OK);
  weir_executor_keep(&executor, &keeper, &heap);
}

/* ---- a client and a server, each in a task, on a pair of sockets ---- */

struct peer {
  struct weir_task task;
  struct weir_descriptor input;
  int fd;
  uint32_t count;
  uint32_t message;
};

static bool receive(struct peer *self) {
  return read(self->fd, &self->message, sizeof self->message) == (ssize_t)sizeof self->message;
}

static void reply(struct peer *self, uint32_t message) {
  CHECK(write(self->fd, &message, sizeof message) == (ssize_t)sizeof message);
}

static enum weir_poll server_poll(struct weir_task *task) {
  struct peer *self = WEIR_CONTAINER_OF(task, struct peer, task);
  WEIR_TASK_BEGIN(task);
  for (;;) {
    weir_descriptor_start(&self->input, self->fd, EPOLLIN | EPOLLRDHUP, &task->waker);
    WEIR_AWAIT(task, weir_descriptor_poll(&self->input));
    if ((weir_descriptor_take(&self->input) & EPOLLRDHUP) != 0)
      WEIR_TASK_EXIT(task);
    CHECK(receive(self));
    self->count++;
    reply(self, self->message + 1);
  }
  WEIR_TASK_END(task);
}

static enum weir_poll client_poll(struct weir_task *task) {
  struct peer *self = WEIR_CONTAINER_OF(task, struct peer, task);
  WEIR_TASK_BEGIN(task);
  for (self->count = 0; self->count < MESSAGES; self->count++) {
    reply(self, self->count);
    weir_descriptor_start(&self->input, self->fd, EPOLLIN, &task->waker);
    WEIR_AWAIT(task, weir_descriptor_poll(&self->input));
    CHECK_EQUAL(weir_descriptor_take(&self->input), EPOLLIN);
    CHECK(receive(self));
    CHECK_EQUAL(self->message, self->count + 1);
  }
  CHECK(shutdown(self->fd, SHUT_WR) == 0);
  WEIR_TASK_END(task);
}

static void two_tasks_talk_over_sockets(void) {
  static struct peer server, client;
  int fds[2];
  setup();
  CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
  server.fd = fds[0];
  client.fd = fds[1];
  weir_executor_spawn(&executor, &server.task, server_poll);
  weir_executor_spawn(&executor, &client.task, client_poll);
  weir_executor_run(&executor);
  CHECK_EQUAL(server.count, MESSAGES);
  close(fds[0]);
  close(fds[1]);
}

/* ---- what ends a sleep ---- */

struct waiter {
  struct weir_task task;
  struct weir_timer timer;
  struct weir_descriptor input;
  struct weir_alloc memory;
  struct weir_receive receive;
  enum weir_winner winner;
  int fd;
  weir_ticks began, ended;
};
static struct waiter waiter;

static enum weir_poll sleep_poll(struct weir_task *task) {
  WEIR_TASK_BEGIN(task);
  waiter.began = weir_port_now();
  weir_timer_start_after(&waiter.timer, weir_task_timers(task), 30, &task->waker);
  WEIR_AWAIT(task, weir_timer_poll(&waiter.timer));
  waiter.ended = weir_port_now();
  WEIR_TASK_END(task);
}

static void a_timer_ends_the_sleep_in_time(void) {
  setup();
  waiter = (struct waiter){0};
  weir_executor_spawn(&executor, &waiter.task, sleep_poll);
  weir_executor_run(&executor);
  CHECK(waiter.ended - waiter.began >= 30);
}

static enum weir_poll either_poll(struct weir_task *task) {
  WEIR_TASK_BEGIN(task);
  weir_descriptor_start(&waiter.input, waiter.fd, EPOLLIN, &task->waker);
  weir_timer_start_after(&waiter.timer, weir_task_timers(task), 20, &task->waker);
  WEIR_SELECT(task, waiter.winner, weir_descriptor_future(&waiter.input),
              weir_timer_future(&waiter.timer));
  WEIR_TASK_END(task);
}

static void a_wait_for_input_has_a_deadline(void) {
  int fds[2];
  setup();
  CHECK(pipe2(fds, O_NONBLOCK) == 0);
  for (unsigned round = 0; round < 2; round++) {
    waiter = (struct waiter){.fd = fds[0]};
    weir_executor_spawn(&executor, &waiter.task, either_poll);
    weir_executor_run(&executor);
    CHECK_EQUAL(waiter.winner, round == 0 ? WEIR_SECOND : WEIR_FIRST);
    CHECK(write(fds[1], "x", 1) == 1);
    weir_timer_drop(&waiter.timer);
    weir_descriptor_drop(&waiter.input);
  }
  close(fds[0]);
  close(fds[1]);
}

static void pause_for(weir_ticks ticks) { usleep(ticks * 1000); }

static const struct weir_layout most = {2500, 8};

static void *free_later(void *block) {
  pause_for(20);
  weir_heap_free(&heap, block, most);
  return NULL;
}

static enum weir_poll alloc_poll(struct weir_task *task) {
  WEIR_TASK_BEGIN(task);
  WEIR_AWAIT_ALLOC(task, &waiter.memory, &heap, most);
  weir_heap_free(&heap, weir_alloc_take(&waiter.memory), most);
  WEIR_TASK_END(task);
}

static void a_free_in_another_thread_ends_the_sleep(void) {
  pthread_t thread;
  setup();
  waiter = (struct waiter){0};
  pthread_create(&thread, NULL, free_later, weir_heap_try_alloc(&heap, most));
  weir_executor_spawn(&executor, &waiter.task, alloc_poll);
  weir_executor_run(&executor);
  pthread_join(thread, NULL);
  weir_heap_drain(&heap, SIZE_MAX);
  CHECK_EQUAL(weir_heap_stats(&heap).used, 0);
}

static struct weir_channel channel;
static uint64_t sum;

static void *send_all(void *context) {
  (void)context;
  for (uint32_t i = 0; i < MESSAGES; i++) {
    if (i % 50 == 0)
      pause_for(1);
    while (!weir_channel_try_send(&channel, &i))
      sched_yield();
  }
  weir_channel_close(&channel);
  return NULL;
}

static enum weir_poll receive_poll(struct weir_task *task) {
  uint32_t item;
  WEIR_TASK_BEGIN(task);
  for (;;) {
    WEIR_AWAIT_RECEIVE(task, &waiter.receive, &channel);
    if (!weir_receive_take(&waiter.receive, &item))
      break;
    sum += item;
  }
  WEIR_TASK_END(task);
}

static void another_thread_sends(void) {
  static const struct weir_type type = WEIR_TYPE_OF(uint32_t, NULL);
  pthread_t thread;
  setup();
  waiter = (struct waiter){0};
  CHECK(weir_channel_try_new(&channel, &heap, &type, 4));
  pthread_create(&thread, NULL, send_all, NULL);
  weir_executor_spawn(&executor, &waiter.task, receive_poll);
  weir_executor_run(&executor);
  pthread_join(thread, NULL);
  CHECK_EQUAL(sum, (uint64_t)MESSAGES * (MESSAGES - 1) / 2);
  weir_receive_drop(&waiter.receive);
  weir_channel_drop(&channel);
}

/* ---- a descriptor alone ---- */

static unsigned wakes;
static void count(void *context) {
  (void)context;
  wakes++;
}

static void what_cannot_be_watched_is_ready(void) {
  const struct weir_waker waker = {count, NULL};
  struct weir_descriptor file = {0};
  char name[] = "/tmp/weir-XXXXXX";
  int fd = mkstemp(name);
  CHECK(weir_descriptor_start(&file, fd, EPOLLIN, &waker) == WEIR_READY);
  CHECK_EQUAL(weir_descriptor_take(&file), EPOLLIN);
  CHECK_EQUAL(weir_descriptor_take(&file), 0);
  close(fd);
  unlink(name);
  CHECK(weir_descriptor_start(&file, fd, EPOLLIN, &waker) == WEIR_READY);
  CHECK_EQUAL(weir_descriptor_take(&file), EPOLLERR);
}

static void a_dropped_wait_wakes_nobody(void) {
  const struct weir_waker waker = {count, NULL};
  struct weir_descriptor input = {0};
  int fds[2];
  wakes = 0;
  CHECK(pipe2(fds, O_NONBLOCK) == 0);
  CHECK(weir_descriptor_start(&input, fds[0], EPOLLIN, &waker) == WEIR_PENDING);
  weir_descriptors_look();
  CHECK_EQUAL(wakes, 0);
  weir_descriptor_drop(&input);
  CHECK(write(fds[1], "x", 1) == 1);
  weir_descriptors_look();
  CHECK_EQUAL(wakes, 0);
  CHECK(weir_descriptor_start(&input, fds[0], EPOLLIN, &waker) == WEIR_PENDING);
  weir_descriptors_look();
  weir_descriptors_look();
  CHECK_EQUAL(wakes, 1);
  CHECK(weir_descriptor_poll(&input) == WEIR_READY);
  CHECK(weir_descriptor_start(&input, fds[0], EPOLLIN, &waker) == WEIR_PENDING);
  weir_descriptor_drop(&input);
  close(fds[0]);
  close(fds[1]);
}

int main(void) {
  RUN(two_tasks_talk_over_sockets);
  RUN(a_timer_ends_the_sleep_in_time);
  RUN(a_wait_for_input_has_a_deadline);
  RUN(a_free_in_another_thread_ends_the_sleep);
  RUN(another_thread_sends);
  RUN(what_cannot_be_watched_is_ready);
  RUN(a_dropped_wait_wakes_nobody);
  return check_summary("collections/epoll");
}
