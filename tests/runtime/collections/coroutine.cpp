// Coroutines whose frames wait for memory: on a full heap, cut short at every await, and never
// leaking.
#include "weir/coroutine.hpp"

extern "C" {
#include "fake_port.h"
#include "weir/fatal.h"
}

#include <cstdio>
#include <cstdlib>

namespace {

unsigned checks, failures;

void check(bool holds, int line, const char *text) {
  checks++;
  if (holds)
    return;
  failures++;
  std::printf("coroutine.cpp:%d: failed: %s\n", line, text);
}
#define CHECK(condition) check((condition), __LINE__, #condition)

alignas(16) unsigned char arena[4096];
weir_heap heap;
weir_executor executor;
weir_keeper keeper;

void setup() {
  fake_port_reset();
  executor = weir_executor{};
  keeper = weir_keeper{};
  CHECK(weir_heap_init(&heap, arena, sizeof arena) == WEIR_OK);
  weir_executor_keep(&executor, &keeper, &heap);
}

std::size_t used() {
  weir_heap_drain(&heap, SIZE_MAX);
  return weir_heap_stats(&heap).used;
}

void teardown() {
  CHECK(used() == 0);
  CHECK(weir_heap_stats(&heap).wait.waiters == 0);
  CHECK(weir_heap_check(&heap));
}

// Runs what is ready, until nothing is.
void run_ready() {
  for (unsigned i = 0; i < 100 && weir_executor_step(&executor); i++)
    continue;
}

// Takes what is left of the heap.
struct hold {
  weir_layout layout;
  void *block;
  explicit hold(std::size_t leave = 0) {
    std::size_t free = weir_heap_stats(&heap).largest_free;
    layout = {free - leave, 8};
    block = weir_heap_try_alloc(&heap, layout);
    CHECK(block != nullptr);
  }
  void free() {
    weir_heap_free(&heap, block, layout);
    block = nullptr;
  }
};

struct noted {
  unsigned *count;
  explicit noted(unsigned *of) : count(of) { ++*count; }
  noted(noted &&from) : count(from.count) { ++*count; }
  ~noted() { --*count; }
};

// ---- a chain of calls ----

weir::task<int> twice(weir::frames, int value) { co_return 2 * value; }

weir::task<int> sum(weir::frames frames, int count) {
  int result = 0;
  for (int i = 0; i < count; i++) {
    weir::task<int> next = co_await frames.make([i](weir::frames at) { return twice(at, i); });
    result += co_await next;
  }
  co_return result;
}

int result;
weir::task<> main_of_sum(weir::frames frames) {
  auto adding = co_await frames.make([](weir::frames at) { return sum(at, 5); });
  result = co_await adding;
}

void a_chain_returns_its_values() {
  setup();
  result = 0;
  weir::root root{heap, &main_of_sum};
  root.spawn(executor);
  run_ready();
  CHECK(result == 20);
  CHECK(executor.live == 0);
  CHECK(!root.failed());
  teardown();
}

// ---- frames that wait ----

void a_root_waits_for_its_frame() {
  setup();
  result = 0;
  hold all;
  weir::root root{heap, &main_of_sum};
  root.spawn(executor);
  run_ready();
  CHECK(result == 0 && executor.live == 1);
  CHECK(weir_heap_stats(&heap).wait.waiters == 1);
  all.free();
  run_ready();
  CHECK(result == 20 && executor.live == 0);
  teardown();
}

// With every amount of room left at first, whichever frame it is that does not fit.
void an_inner_frame_waits() {
  unsigned waited = 0;
  for (std::size_t room = 0; room < 1200; room += 16) {
    setup();
    result = 0;
    hold all(room);
    weir::root root{heap, &main_of_sum};
    root.spawn(executor);
    run_ready();
    waited += executor.live == 1;
    all.free();
    run_ready();
    CHECK(result == 20 && executor.live == 0);
    teardown();
  }
  CHECK(waited > 10 && waited < 75);
}

void a_root_is_cancelled_at_every_frame() {
  for (std::size_t room = 0; room < 1200; room += 16) {
    setup();
    hold all(room);
    weir::root root{heap, &main_of_sum};
    root.spawn(executor);
    run_ready();
    root.cancel();
    run_ready();
    CHECK(executor.live == 0);
    all.free();
    teardown();
  }
}

void a_granted_frame_that_is_not_called_any_more_goes_back() {
  setup();
  hold all;
  weir::root root{heap, &main_of_sum};
  root.spawn(executor);
  run_ready();
  all.free();
  weir_heap_drain(&heap, SIZE_MAX);
  root.cancel();
  run_ready();
  CHECK(executor.live == 0);
  teardown();
}

volatile unsigned char *escape; // what it points to lies in the frame, whatever the optimizer
weir::task<> huge(weir::frames) {
  unsigned char large[8192] = {1};
  escape = large;
  co_await weir::sleep(1);
  result = large[0];
}

void a_frame_beyond_the_heap_fails() {
  setup();
  weir::root root{heap, &huge};
  root.spawn(executor);
  run_ready();
  CHECK(executor.live == 0);
  CHECK(root.failed());
  teardown();
}

weir::task<> calls_huge(weir::frames frames) {
  weir::task<> none = co_await frames.make([](weir::frames at) { return huge(at); });
  result = none ? 1 : 2;
}

void an_inner_frame_beyond_the_heap_is_an_empty_task() {
  setup();
  result = 0;
  weir::root root{heap, &calls_huge};
  root.spawn(executor);
  run_ready();
  CHECK(result == 2);
  teardown();
}

void a_call_without_make_is_empty_when_there_is_no_room() {
  setup();
  {
    weir::task<int> there = twice(weir::frames(heap), 1);
    CHECK(static_cast<bool>(there));
    hold all;
    weir::task<int> none = twice(weir::frames(heap), 1);
    CHECK(!none);
    all.free();
  }
  teardown();
}

// A coroutine of another size at the second call: what was granted goes back, and it waits again.
weir::task<> changes_its_mind(weir::frames frames) {
  bool first = true;
  auto made = co_await frames.make([&first](weir::frames at) {
    return std::exchange(first, false) ? twice(at, 1) : sum(at, 3);
  });
  result = co_await made;
}

void the_size_may_change() {
  unsigned changed = 0;
  for (std::size_t room = 0; room < 800; room += 8) {
    const weir_layout little = {176, 8}; // enough for twice, not for sum
    setup();
    result = 0;
    void *held = weir_heap_try_alloc(&heap, little);
    hold all(room);
    weir::root root{heap, &changes_its_mind};
    root.spawn(executor);
    run_ready();
    weir_heap_free(&heap, held, little);
    run_ready();
    all.free();
    run_ready();
    CHECK(result == 2 || result == 6); // twice at once, or sum at a later call
    changed += result == 6;
    CHECK(executor.live == 0);
    teardown();
  }
  CHECK(changed > 0);
}

// A frame's handle refers to no call that is over: it would write into memory of somebody else.
weir::task<int> calls_without_make(weir::frames frames) {
  hold all;
  weir::task<int> none = twice(frames, 1);
  CHECK(!none);
  all.free();
  co_return 1;
}

auto without_make = [](weir::frames at) { return calls_without_make(at); };
using call_without_make = weir::call<decltype(without_make)>;
alignas(16) unsigned char call_memory[sizeof(call_without_make)];

weir::task<> forgets_the_call(weir::frames frames) {
  auto *calling =
      ::new (static_cast<void *>(call_memory)) call_without_make(frames.heap(), without_make);
  weir::task<int> made = co_await *calling;
  calling->~call();
  for (unsigned char &byte : call_memory)
    byte = 0xa5;
  result = co_await made;
}

void a_call_that_is_over_is_forgotten() {
  setup();
  result = 0;
  weir::root root{heap, &forgets_the_call};
  root.spawn(executor);
  run_ready();
  CHECK(result == 1);
  for (unsigned char byte : call_memory)
    CHECK(byte == 0xa5);
  teardown();
}

// ---- awaits ----

weir_event edge;
weir_channel channel;
weir_pool pool;
weir_vec vec;
weir_string string;
weir_queue queue;
weir_map map;
const weir_type number_type = {{sizeof(int), alignof(int)}, nullptr};
std::uint32_t hash(const void *key) { return weir_hash_bytes(key, sizeof(int)); }
bool equal(const void *one, const void *other) {
  return *static_cast<const int *>(one) == *static_cast<const int *>(other);
}
const weir_map_type map_type = {number_type, number_type, hash, equal};
unsigned alive;
int reached;

struct releasing {
  void *block;
  weir_layout layout;
  ~releasing() { weir_heap_free(&heap, block, layout); }
};
struct putting {
  void *object;
  ~putting() { weir_pool_put(&pool, object); }
};

weir::task<> every_await(weir::frames frames) {
  noted here(&alive);
  reached = 1;
  co_await weir::sleep(5);
  reached = 2;
  co_await weir::happened(edge);
  reached = 3;
  releasing block{co_await weir::allocate(heap, {600, 8}), {600, 8}};
  reached = 4;
  int value = 7;
  CHECK(co_await weir::send(channel, &value));
  CHECK(co_await weir::send(channel, &value));
  reached = 5;
  CHECK(co_await weir::receive(channel, &value));
  CHECK(co_await weir::receive(channel, &value));
  CHECK(co_await weir::receive(channel, &value));
  reached = 6;
  putting object{co_await weir::get(pool)};
  reached = 7;
  co_await weir::reserve(vec, 200);
  CHECK(weir_vec_push_within_capacity(&vec, &value));
  co_await weir::reserve(string, 10);
  co_await weir::reserve(queue, 10);
  co_await weir::reserve(map, 10);
  reached = 8;
  const weir_waker *waker = co_await weir::current_waker();
  weir_event_start(&edge, waker);
  weir::guard guarding_event(weir_event_future(&edge));
  co_await weir::ready(weir_event_future(&edge));
  weir_event_take(&edge);
  reached = 9;
  weir_timer timer{};
  weir_alloc never{};
  weir::guard guarding_timer(weir_timer_future(&timer)), guarding_alloc(weir_alloc_future(&never));
  weir_alloc_start(&never, &heap, {3000, 8}, waker);
  weir_timer_start_after(&timer, &executor.timers, 5, waker);
  CHECK(co_await weir::select(weir_alloc_future(&never), weir_timer_future(&timer)) == WEIR_SECOND);
  reached = 10;
  CHECK(co_await weir::allocate_within(heap, {3000, 8}, 3) == nullptr);
  reached = 11;
  (void)frames;
}

// Whatever the coroutine waits for at a step, comes; and is told to it, or not yet.
void help(bool settle) {
  run_ready();
  int value = 1;
  if (reached == 4)
    (void)weir_channel_try_receive(&channel, &value);
  else if (reached == 5)
    (void)weir_channel_try_send(&channel, &value);
  else if (reached == 2 || reached == 8)
    weir_event_set(&edge);
  else
    fake_port.now += 10;
  if (settle)
    run_ready();
}

unsigned step_reached[12];
unsigned points; // at which a coroutine was cancelled
bool allocation_waited;

void through_every_await(unsigned cancelled_after, bool settle) {
  setup();
  alive = 0;
  reached = 0;
  edge = weir_event{};
  CHECK(weir_channel_try_new(&channel, &heap, &number_type, 1));
  CHECK(weir_pool_try_new(&pool, &heap, {16, 8}, 1));
  weir_vec_init(&vec, &heap, &number_type);
  weir_string_init(&string, &heap);
  weir_queue_init(&queue, &heap, &number_type);
  weir_map_init(&map, &heap, &map_type);
  {
    weir::root root{heap, &every_await};
    root.spawn(executor);
    void *object = weir_pool_try_get(&pool);
    void *held = nullptr;
    weir_layout rest{};
    for (unsigned step = 0; step < cancelled_after && executor.live != 0; step++) {
      if (reached == 2 && held == nullptr) { // no room for the allocation that comes
        rest = {weir_heap_stats(&heap).largest_free, 8};
        held = weir_heap_try_alloc(&heap, rest);
        CHECK(held != nullptr);
      } else if (reached == 3) {
        allocation_waited |= weir_heap_stats(&heap).wait.waiters == 1;
        weir_heap_free(&heap, std::exchange(held, nullptr), rest);
      }
      if (reached == 6)
        weir_pool_put(&pool, std::exchange(object, nullptr));
      help(settle);
    }
    if (step_reached[reached]++ == 0)
      points++;
    CHECK(cancelled_after < 30 || reached == 11);
    root.cancel();
    run_ready();
    CHECK(executor.live == 0);
    CHECK(alive == 0);
    weir_heap_free(&heap, held, rest);
    weir_pool_put(&pool, object);
  }
  CHECK(channel.senders.first == nullptr && channel.receivers.first == nullptr);
  CHECK(pool.line.first == nullptr && edge.waker == nullptr);
  CHECK(weir_pool_available(&pool) == 1);
  weir_channel_drop(&channel);
  weir_pool_drop(&pool);
  weir_vec_drop(&vec);
  weir_string_drop(&string);
  weir_queue_drop(&queue);
  weir_map_drop(&map);
  CHECK(executor.timers.first == nullptr);
  teardown();
}

void a_coroutine_is_cancelled_after_every_step() {
  for (unsigned steps = 0; steps <= 30; steps++)
    for (bool settle : {false, true})
      through_every_await(steps, settle);
  CHECK(points >= 10);
  CHECK(allocation_waited);
}

// ---- what coroutines can be ----

struct device {
  int factor;
  weir::task<int> scaled(weir::frames, int value) { co_return factor *value; }
};

weir::task<noted> gives_an_object(weir::frames, unsigned *count) { co_return noted(count); }

weir::task<> of_other_kinds(weir::frames frames) {
  device one{3};
  auto scaling = co_await frames.make([&](weir::frames at) { return one.scaled(at, 4); });
  result = co_await scaling;
  auto lambda = [&](weir::frames) -> weir::task<int> { co_return result + 1; };
  auto adding = co_await frames.make([&](weir::frames at) { return lambda(at); });
  result = co_await adding;
  unsigned count = 0;
  {
    auto giving =
        co_await frames.make([&](weir::frames at) { return gives_an_object(at, &count); });
    noted object = co_await giving;
    result += static_cast<int>(count >= 1);
  }
  CHECK(count == 0);
}

void members_and_lambdas() {
  setup();
  result = 0;
  weir::root root{heap, &of_other_kinds};
  root.spawn(executor);
  run_ready();
  CHECK(result == 14);
  root.spawn(executor);
  run_ready();
  CHECK(result == 14);
  teardown();
}

} // namespace

extern "C" {
void check_that(bool holds, const char *, int line, const char *text) { check(holds, line, text); }
void weir_fatal(enum weir_fatal_kind, const void *) { std::abort(); }
}

int main() {
  a_chain_returns_its_values();
  a_root_waits_for_its_frame();
  an_inner_frame_waits();
  a_root_is_cancelled_at_every_frame();
  a_granted_frame_that_is_not_called_any_more_goes_back();
  a_frame_beyond_the_heap_fails();
  an_inner_frame_beyond_the_heap_is_an_empty_task();
  a_call_without_make_is_empty_when_there_is_no_room();
  the_size_may_change();
  a_call_that_is_over_is_forgotten();
  a_coroutine_is_cancelled_after_every_step();
  members_and_lambdas();
  std::printf("coroutine: %u checks, %u failed\n", checks, failures);
  return failures != 0;
}
