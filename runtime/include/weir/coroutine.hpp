// C++20 coroutines on weir's futures and executor: frames live on a heap of weir's, and wait for
// their memory like everything else.
//
//   weir::task<int> read(weir::frames frames, weir_event &edge) {
//     co_await weir::happened(edge);
//     co_return value();
//   }
//
//   weir::task<> blink(weir::frames frames) {
//     weir::task<int> reading = co_await frames.make([](weir::frames at) { return read(at, edge);
//     }); int result = co_await reading; void *block = co_await weir::allocate_within(heap, {64,
//     8}, 50); // nullptr: 50 ms went by
//     ...
//   }
//
//   static weir::root<decltype(&blink)> root{heap, &blink};
//   root.spawn(executor);
//
// A coroutine's frame is memory, and memory may not be there now. C++ has no way to wait inside the
// call that makes a coroutine, so the call is made twice: `frames.make` calls, and if the frame
// found no room the call returns an empty task, having noted the size; make then waits for that
// much, in line with everybody else, and calls again, and the second call takes what was granted.
// `root` does the same for the first coroutine. Whoever calls a coroutine without make gets an
// empty task when there is no room now: it is false, the compiler warns of one that is not looked
// at, and awaiting it traps. A frame that the heap could never hold ends the same way: an empty
// task.
//
// The first parameter of a coroutine is a weir::frames (of a member function or a lambda, the first
// one that is written); a coroutine without one does not compile.
//
// Destroying a task that is suspended destroys what it awaits: each future is dropped, each inner
// frame freed. Everything is task only, by the thread of the executor. No exceptions, no RTTI, and
// of the library <coroutine>, <cstddef>, <type_traits>, <utility> and <new> only.
#ifndef WEIR_COROUTINE_HPP
#define WEIR_COROUTINE_HPP

#include <coroutine>
#include <cstddef>

#include "weir/coroutine_task.hpp"

extern "C" {
#include "weir/alloc.h"
#include "weir/channel.h"
#include "weir/event.h"
#include "weir/executor.h"
#include "weir/growth.h"
#include "weir/heap.h"
#include "weir/map.h"
#include "weir/pool.h"
#include "weir/queue.h"
#include "weir/string.h"
#include "weir/timer.h"
#include "weir/vec.h"
}

namespace weir {

// The waker of the task that runs, to start futures of the C interface with.
class current_waker {
public:
  bool await_ready() noexcept { return false; }
  template <class Promise> bool await_suspend(std::coroutine_handle<Promise> parent) noexcept {
    waker_ = &parent.promise().root->task.waker;
    return false;
  }
  const weir_waker *await_resume() noexcept { return waker_; }

private:
  const weir_waker *waker_ = nullptr;
};

// Drops a future of the C interface at the end of its scope, also when the coroutine is destroyed.
class [[nodiscard]] guard {
public:
  explicit guard(weir_future future) : future_(future) {}
  guard(const guard &) = delete;
  guard &operator=(const guard &) = delete;
  ~guard() { weir_future_drop(future_); }

private:
  weir_future future_;
};

// A future of the C interface that was started with the current waker. It stays the caller's, who
// takes it, and guards it.
class [[nodiscard]] ready : public awaiting<ready> {
public:
  explicit ready(weir_future future) : future_(future) {}
  weir_poll start(const weir_task &) { return poll_now(); }
  weir_poll poll_now() { return weir_future_poll(future_); }
  void await_resume() noexcept {}

private:
  weir_future future_;
};

// The first of two such futures; the loser is dropped.
class [[nodiscard]] select : public awaiting<select> {
public:
  select(weir_future first, weir_future second) : first_(first), second_(second) {}
  weir_poll start(const weir_task &) { return poll_now(); }
  weir_poll poll_now() {
    winner_ = weir_select(first_, second_);
    return winner_ == WEIR_NEITHER ? WEIR_PENDING : WEIR_READY;
  }
  weir_winner await_resume() noexcept { return winner_; }

private:
  weir_future first_, second_;
  weir_winner winner_ = WEIR_NEITHER;
};

// A block for a layout: the caller's, to be freed with it; nullptr if the heap could never hold it.
class [[nodiscard]] allocate : public awaiting<allocate> {
public:
  allocate(weir_heap &heap, weir_layout layout) : heap_(&heap), layout_(layout) {}
  ~allocate() { weir_alloc_drop(&alloc_); }
  weir_poll start(const weir_task &task) {
    return weir_alloc_start(&alloc_, heap_, layout_, &task.waker);
  }
  weir_poll poll_now() { return weir_alloc_poll(&alloc_); }
  void *await_resume() noexcept { return weir_alloc_take(&alloc_); }

private:
  weir_heap *heap_;
  weir_layout layout_;
  weir_alloc alloc_{};
};

// The same for at most so many ticks; nullptr when they went by.
class [[nodiscard]] allocate_within : public awaiting<allocate_within> {
public:
  allocate_within(weir_heap &heap, weir_layout layout, weir_ticks ticks)
      : heap_(&heap), layout_(layout), ticks_(ticks) {}
  ~allocate_within() { weir_timed_alloc_drop(&alloc_); }
  weir_poll start(const weir_task &task) {
    return weir_timed_alloc_start(&alloc_, heap_, layout_, weir_task_timers(&task), ticks_,
                                  &task.waker);
  }
  weir_poll poll_now() { return weir_timed_alloc_poll(&alloc_); }
  void *await_resume() noexcept { return weir_timed_alloc_take(&alloc_); }

private:
  weir_heap *heap_;
  weir_layout layout_;
  weir_ticks ticks_;
  weir_timed_alloc alloc_{};
};

// So many ticks.
class [[nodiscard]] sleep : public awaiting<sleep> {
public:
  explicit sleep(weir_ticks ticks) : ticks_(ticks) {}
  ~sleep() { weir_timer_drop(&timer_); }
  weir_poll start(const weir_task &task) {
    weir_timer_start_after(&timer_, weir_task_timers(&task), ticks_, &task.waker);
    return WEIR_PENDING;
  }
  weir_poll poll_now() { return weir_timer_poll(&timer_); }
  void await_resume() noexcept {}

private:
  weir_ticks ticks_;
  weir_timer timer_{};
};

// An event, which is taken.
class [[nodiscard]] happened : public awaiting<happened> {
public:
  explicit happened(weir_event &event) : event_(&event) {}
  ~happened() { weir_event_drop(event_); }
  weir_poll start(const weir_task &task) { return weir_event_start(event_, &task.waker); }
  weir_poll poll_now() { return weir_event_poll(event_); }
  void await_resume() noexcept { weir_event_take(event_); }

private:
  weir_event *event_;
};

// Room in a vec, a string, a queue or a map, or the knowledge that there never will be: push within
// the capacity tells.
template <class Container,
          weir_poll (*Start)(weir_growth *, Container *, std::size_t, const weir_waker *)>
class [[nodiscard]] growth : public awaiting<growth<Container, Start>> {
public:
  growth(Container &container, std::size_t additional)
      : container_(&container), additional_(additional) {}
  ~growth() { weir_growth_drop(&growth_); }
  weir_poll start(const weir_task &task) {
    return Start(&growth_, container_, additional_, &task.waker);
  }
  weir_poll poll_now() { return weir_growth_poll(&growth_); }
  void await_resume() noexcept {}

private:
  Container *container_;
  std::size_t additional_;
  weir_growth growth_{};
};

inline auto reserve(weir_vec &vec, std::size_t additional) {
  return growth<weir_vec, weir_vec_reserve_start>(vec, additional);
}
inline auto reserve(weir_string &string, std::size_t additional) {
  return growth<weir_string, weir_string_reserve_start>(string, additional);
}
inline auto reserve(weir_queue &queue, std::size_t additional) {
  return growth<weir_queue, weir_queue_reserve_start>(queue, additional);
}
inline auto reserve(weir_map &map, std::size_t additional) {
  return growth<weir_map, weir_map_reserve_start>(map, additional);
}

// Whether the value was moved into the channel; if not, it is closed.
class [[nodiscard]] send : public awaiting<send> {
public:
  send(weir_channel &channel, const void *value) : channel_(&channel), value_(value) {}
  ~send() { weir_send_drop(&send_); }
  weir_poll start(const weir_task &task) {
    return weir_send_start(&send_, channel_, value_, &task.waker);
  }
  weir_poll poll_now() { return weir_send_poll(&send_); }
  bool await_resume() noexcept { return weir_send_take(&send_); }

private:
  weir_channel *channel_;
  const void *value_;
  weir_send send_{};
};

// Whether an item was moved to `*out`; if not, the channel is closed and empty.
class [[nodiscard]] receive : public awaiting<receive> {
public:
  receive(weir_channel &channel, void *out) : channel_(&channel), out_(out) {}
  ~receive() { weir_receive_drop(&receive_); }
  weir_poll start(const weir_task &task) {
    return weir_receive_start(&receive_, channel_, &task.waker);
  }
  weir_poll poll_now() { return weir_receive_poll(&receive_); }
  bool await_resume() noexcept { return weir_receive_take(&receive_, out_); }

private:
  weir_channel *channel_;
  void *out_;
  weir_receive receive_{};
};

// An object of a pool: the caller's, to be put back.
class [[nodiscard]] get : public awaiting<get> {
public:
  explicit get(weir_pool &pool) : pool_(&pool) {}
  ~get() { weir_pool_get_drop(&get_); }
  weir_poll start(const weir_task &task) { return weir_pool_get_start(&get_, pool_, &task.waker); }
  weir_poll poll_now() { return weir_pool_get_poll(&get_); }
  void *await_resume() noexcept { return weir_pool_get_take(&get_); }

private:
  weir_pool *pool_;
  weir_pool_get get_{};
};

} // namespace weir

#endif
