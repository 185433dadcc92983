/* The same firmware on weir: a message waits for its memory instead of failing for lack of it.
 *
 * The display holds most of the memory for the first 23 ms. Meanwhile six messages arrive, and
 * there is room for one. The others wait: some are granted, in order, as interrupts give memory
 * back; one sender hangs up; one has little patience and is told NAK.
 */
#include "cJSON.h"
#include "hardware.h"
#include "messages.h"
#include "weir/alloc.h"
#include "weir/executor.h"
#include "weir/reserve.h"
#include "weir/task.h"

#include <stdio.h>

enum { HEAP_BYTES = 6400, FRAME_BYTES = 4096, REQUEST_BYTES = 1536 };
enum { FRAME_SHOWN_MS = 23, PATIENCE_MS = 100, LITTLE_PATIENCE_MS = 14, HANG_UP_MS = 12 };
enum { IMPATIENT = 3, HANGS_UP = 4 }; /* indices of the messages of these two senders */

static const struct weir_layout frame_layout = {FRAME_BYTES, 8};

/* What cJSON is compiled to call instead of malloc, free and realloc. It is synchronous and cannot
 * wait: so the task waits first, for a block that is enough for a message, and cJSON takes its
 * pieces from inside. A message that needs more gets a clean NULL, which cJSON handles. */
WEIR_RESERVE_DEFINE(json);

WEIR_HEAP_DEFINE(heap, HEAP_BYTES);
static struct weir_executor executor;
static struct weir_keeper keeper;

struct request {
  struct weir_task task;
  struct weir_timed_alloc memory;
  struct transmission reply;
  int number;
  bool sender_is_gone;
};

static struct request requests[MESSAGE_COUNT];

#define LOG(...) (printf("[%2u ms] ", (unsigned)hardware_ms()), printf(__VA_ARGS__))

static size_t json_peak;

/* Parses the message with cJSON inside the block, and leaves the reply there. */
static void answer(const struct request *self, char *block) {
  static struct weir_reserve reserve;
  char reply[32] = "NAK";
  cJSON *message;
  weir_reserve_begin(&reserve, NULL, block, REQUEST_BYTES);
  weir_reserve_enter(&json, &reserve);
  message = cJSON_Parse(messages[self->number - 1]);
  const cJSON *id = cJSON_GetObjectItemCaseSensitive(message, "id");
  const cJSON *command = cJSON_GetObjectItemCaseSensitive(message, "command");
  if (cJSON_IsNumber(id) && cJSON_IsString(command))
    snprintf(reply, sizeof reply, "ACK %d %s", id->valueint, command->valuestring);
  cJSON_Delete(message);
  weir_reserve_leave(&json);
  if (weir_reserve_stats(&reserve).peak > json_peak)
    json_peak = weir_reserve_stats(&reserve).peak;
  snprintf(block, REQUEST_BYTES, "%s", reply);
  LOG("request %d: granted, %s\n", self->number, block);
}

static enum weir_poll request_poll(struct weir_task *task) {
  struct request *self = WEIR_CONTAINER_OF(task, struct request, task);
  const weir_ticks patience = self->number - 1 == IMPATIENT ? LITTLE_PATIENCE_MS : PATIENCE_MS;
  void *block;

  WEIR_TASK_BEGIN(task);
  if (weir_timed_alloc_start(&self->memory, &heap, weir_reserve_layout(REQUEST_BYTES),
                             weir_task_timers(task), patience, &task->waker) == WEIR_PENDING)
    LOG("request %d: waits\n", self->number);
  WEIR_AWAIT_TRUE(task, self->sender_is_gone || weir_timed_alloc_poll(&self->memory) == WEIR_READY);

  if (self->sender_is_gone) {
    weir_timed_alloc_drop(&self->memory);
    LOG("request %d: cancelled, its sender hung up\n", self->number);
    WEIR_TASK_EXIT(task);
  }
  block = weir_timed_alloc_take(&self->memory);
  if (block == NULL) {
    LOG("request %d: no memory in %d ms, NAK\n", self->number, LITTLE_PATIENCE_MS);
    WEIR_TASK_EXIT(task);
  }
  answer(self, block);
  self->reply = (struct transmission){
      .block = block, .layout = weir_reserve_layout(REQUEST_BYTES), .waker = &task->waker};
  transmitter_send(&self->reply);
  WEIR_AWAIT_TRUE(task, self->reply.done);
  WEIR_TASK_END(task);
}

/* The link's own task: it sees a sender hang up, and tells that sender's request. */
static struct {
  struct weir_task task;
  struct weir_timer timer;
} link_monitor;

static enum weir_poll link_poll(struct weir_task *task) {
  WEIR_TASK_BEGIN(task);
  weir_timer_start_after(&link_monitor.timer, weir_task_timers(task), HANG_UP_MS, &task->waker);
  WEIR_AWAIT(task, weir_timer_poll(&link_monitor.timer));
  requests[HANGS_UP].sender_is_gone = true;
  weir_waker_wake(&requests[HANGS_UP].task.waker);
  WEIR_TASK_END(task);
}

static void print_statistics(struct weir_heap_stats stats) {
  printf("capacity %u, peak %u, used at the end %u bytes\n", (unsigned)stats.capacity,
         (unsigned)stats.peak, (unsigned)stats.used);
  printf("waited and granted %u, timed out %u, cancelled %u, refused %u, longest wait %u ms\n",
         (unsigned)stats.wait.grants, (unsigned)stats.wait.timeouts, (unsigned)stats.wait.cancels,
         (unsigned)stats.refusals, (unsigned)stats.wait.longest_wait);
  printf("cJSON needed at most %u of a request's %u bytes\n", (unsigned)json_peak,
         (unsigned)REQUEST_BYTES);
}

int main(void) {
  if (WEIR_HEAP_INIT(heap) != WEIR_OK)
    return 1;
  weir_executor_keep(&executor, &keeper, &heap);
  hardware_start(&heap);

  void *frame = weir_heap_try_alloc(&heap, frame_layout);
  if (frame == NULL)
    return 1;
  display_show(frame, frame_layout, FRAME_SHOWN_MS);
  LOG("display: has a frame of %d bytes until %d ms\n", FRAME_BYTES, FRAME_SHOWN_MS);

  weir_executor_spawn(&executor, &link_monitor.task, link_poll);
  for (int i = 0; i < MESSAGE_COUNT; i++) {
    requests[i].number = i + 1;
    weir_executor_spawn(&executor, &requests[i].task, request_poll);
  }
  weir_executor_run(&executor);

  weir_heap_drain(&heap, SIZE_MAX);
  const struct weir_heap_stats stats = weir_heap_stats(&heap);
  print_statistics(stats);
  return stats.used == 0 && weir_heap_check(&heap) ? 0 : 1;
}
