/* An interrupt at every instruction of what channels, pools and arcs do: one that sends, receives,
 * puts back, drops. Nothing is lost or had twice, and nobody is left waiting for what is there. */
#include "weir/arc.h"
#include "weir/channel.h"
#include "weir/pool.h"

#include "check.h"
#include "target/interrupt.h"
#include "target/target.h"

#define TICKS_MAX 20000u /* far more than the longest routine takes */

static _Alignas(16) unsigned char arena[1024];
static struct weir_heap heap;
static unsigned wakes[2];
static bool interrupted;
static void (*handler)(void);

static void note(void *context) { ++*(unsigned *)context; }
static const struct weir_waker wakers[2] = {{note, &wakes[0]}, {note, &wakes[1]}};

static void interrupt(void) {
  interrupted = true;
  handler();
}

/* Where the interrupt came, and whether it has left no instruction out since the last time. */
struct trail {
  uintptr_t last;
  uint32_t points;
  bool complete;
};

static void follow(struct trail *trail, uintptr_t pc) {
  trail->complete &= trail->last == 0 || target_instruction_leads_to(trail->last, pc);
  trail->points += pc != trail->last;
  trail->last = pc;
}

/* `in_interrupt` falls on each instruction of `routine`, as `arrange` has set it up; `verify` sees
 * what came of it. */
static void sweep(const char *name, void (*arrange)(void), void (*routine)(void),
                  void (*in_interrupt)(void), void (*verify)(void)) {
  struct trail trail = {.complete = true};
  uint32_t ticks = 0;
  target_interrupt_action = interrupt;
  handler = in_interrupt;
  do {
    uintptr_t pc;
    interrupted = false;
    wakes[0] = wakes[1] = 0;
    CHECK(weir_heap_init(&heap, arena, sizeof arena) == WEIR_OK);
    arrange();
    target_interrupt_arm(++ticks);
    routine();
    if (target_interrupt_disarm(&pc)) {
      follow(&trail, pc);
      verify();
    }
  } while (interrupted && ticks < TICKS_MAX);
  CHECK(ticks < TICKS_MAX);
  CHECK(trail.complete);
  CHECK(trail.points > 5);
  check_print(name);
  check_print(": interrupted at ");
  check_print_number(trail.points);
  check_print(" instructions\n");
}

/* ---- channel ---- */

static const struct weir_type item_type = WEIR_TYPE_OF(uint32_t, NULL);
static uint32_t memory[2];
static struct weir_channel channel;
static struct weir_receive receives[2];
static struct weir_send sends[2];
static uint32_t sent, taken[4], takes;
static bool had_room;

static void send_next(void) {
  uint32_t item = sent;
  had_room = weir_channel_try_send(&channel, &item);
  sent += had_room;
}

static void take_next(void) { takes += weir_channel_try_receive(&channel, &taken[takes]); }

static void empty_channel(void) {
  (void)weir_channel_init(&channel, NULL, &item_type, memory, 2);
  sent = takes = 0;
  for (unsigned i = 0; i < 2; i++) {
    receives[i] = (struct weir_receive){0};
    sends[i] = (struct weir_send){0};
  }
}

static void receive(unsigned i) { (void)weir_receive_start(&receives[i], &channel, &wakers[i]); }
static void receive_first(void) { receive(0); }

/* Every item comes out once, in order, and what waits, waits for what is not there. */
static void expect_all_items(void) {
  for (unsigned i = 0; i < 2; i++)
    takes += weir_receive_take(&receives[i], &taken[takes]);
  take_next();
  take_next();
  CHECK_EQUAL(takes, sent);
  for (uint32_t i = 0; i < takes; i++)
    CHECK_EQUAL(taken[i], i);
  for (unsigned i = 0; i < 2; i++)
    weir_receive_drop(&receives[i]);
  CHECK(channel.receivers.first == NULL && channel.promised == 0);
}

static void first_has_it(void) {
  CHECK(weir_receive_poll(&receives[0]) == WEIR_READY);
  CHECK(wakes[0] <= 1);
  expect_all_items();
}

static void poll_first(void) { (void)weir_receive_poll(&receives[0]); }

static void waiting_receive(void) {
  empty_channel();
  receive(0);
}

static void two_waiting_receives(void) {
  waiting_receive();
  receive(1);
}

static void drop_first(void) { weir_receive_drop(&receives[0]); }

static void second_has_it(void) {
  CHECK(weir_receive_poll(&receives[1]) == WEIR_READY);
  CHECK_EQUAL(wakes[1], 1);
  expect_all_items();
}

static void promised_item(void) {
  empty_channel();
  send_next();
  receive(0);
}

static void take_first(void) { takes += weir_receive_take(&receives[0], &taken[takes]); }

static void a_send_at_every_instruction(void) {
  sweep("receive", empty_channel, receive_first, send_next, first_has_it);
  sweep("poll", waiting_receive, poll_first, send_next, first_has_it);
  sweep("drop of a receive", two_waiting_receives, drop_first, send_next, second_has_it);
  sweep("take", promised_item, take_first, send_next, expect_all_items);
  sweep("try_receive", promised_item, take_next, send_next, expect_all_items);
}

static uint32_t values[2];

static void send(unsigned i) {
  values[i] = sent;
  (void)weir_send_start(&sends[i], &channel, &values[i], &wakers[i]);
}
static void send_first(void) { send(0); }

static void full_channel(void) {
  empty_channel();
  send_next();
  send_next();
}

/* The send that waits has the room that the interrupt made. */
static void first_is_sent(void) {
  CHECK(weir_send_poll(&sends[0]) == WEIR_READY);
  CHECK(weir_send_take(&sends[0]));
  sent++;
  expect_all_items();
}

static void two_waiting_sends(void) {
  full_channel();
  send(0);
  send(1);
}

static void drop_first_send(void) { (void)weir_send_drop(&sends[0]); }

/* Either was in time for the room; never both, and never none. */
static void one_is_sent(void) {
  bool second = weir_send_drop(&sends[1]);
  CHECK(sends[0].sent != second);
  sent++;
  expect_all_items();
  CHECK(channel.senders.first == NULL);
}

static void a_receive_at_every_instruction(void) {
  sweep("send", full_channel, send_first, take_next, first_is_sent);
  sweep("drop of a send", two_waiting_sends, drop_first_send, take_next, one_is_sent);
}

/* ---- pool ---- */

static struct weir_pool pool;
static struct weir_pool_get gets[2];
static void *held;

static void empty_pool(void) {
  gets[0] = gets[1] = (struct weir_pool_get){0};
  CHECK(weir_pool_try_new(&pool, &heap, (struct weir_layout){16, 8}, 1));
  held = weir_pool_try_get(&pool);
}

static void get(unsigned i) { (void)weir_pool_get_start(&gets[i], &pool, &wakers[i]); }
static void get_first(void) { get(0); }

static void put(void) { weir_pool_put(&pool, held); }

static void expect_one_object(void) {
  weir_pool_get_drop(&gets[0]);
  weir_pool_get_drop(&gets[1]);
  CHECK_EQUAL(weir_pool_available(&pool), 1);
  CHECK(pool.line.first == NULL);
}

static void first_has_the_object(void) {
  CHECK(weir_pool_get_poll(&gets[0]) == WEIR_READY);
  expect_one_object();
}

static void two_waiting_gets(void) {
  empty_pool();
  get(0);
  get(1);
}

static void drop_first_get(void) { weir_pool_get_drop(&gets[0]); }

static void second_has_the_object(void) {
  CHECK(weir_pool_get_poll(&gets[1]) == WEIR_READY);
  CHECK_EQUAL(wakes[1], 1);
  expect_one_object();
}

static void a_put_at_every_instruction(void) {
  sweep("get", empty_pool, get_first, put, first_has_the_object);
  sweep("drop of a get", two_waiting_gets, drop_first_get, put, second_has_the_object);
}

/* ---- arc ---- */

static unsigned destroyed;
static void destroy(void *object) {
  (void)object;
  destroyed++;
}
static const struct weir_type arc_type = WEIR_TYPE_OF(uint32_t, destroy);
static struct weir_arc mine, others, made;
static struct weir_weak weak;

static void two_owners(void) {
  destroyed = 0;
  CHECK(weir_arc_try_new(&mine, &heap, &arc_type, NULL));
  others = weir_arc_clone(&mine);
  weak = weir_arc_downgrade(&mine);
  made = (struct weir_arc){0};
}

static void only_the_others(void) {
  two_owners();
  weir_arc_drop(&mine);
}

static void drop_others(void) { weir_arc_drop(&others); }
static void clone_mine(void) { made = weir_arc_clone(&mine); }
static void drop_mine(void) { weir_arc_drop(&mine); }
static void upgrade(void) { made = weir_weak_upgrade(&weak); }

static void expect_destroyed_once(void) {
  CHECK_EQUAL(destroyed, mine.block == NULL && made.block == NULL);
  weir_arc_drop(&mine);
  weir_arc_drop(&made);
  CHECK_EQUAL(destroyed, 1);
  weir_weak_drop(&weak);
  weir_heap_drain(&heap, SIZE_MAX);
  CHECK_EQUAL(weir_heap_stats(&heap).used, 0);
}

static void a_drop_at_every_instruction(void) {
  sweep("clone", two_owners, clone_mine, drop_others, expect_destroyed_once);
  sweep("drop of an arc", two_owners, drop_mine, drop_others, expect_destroyed_once);
  sweep("upgrade", only_the_others, upgrade, drop_others, expect_destroyed_once);
}

int main(void) {
  RUN(a_send_at_every_instruction);
  RUN(a_receive_at_every_instruction);
  RUN(a_put_at_every_instruction);
  RUN(a_drop_at_every_instruction);
  return check_summary("collections/interrupts");
}
