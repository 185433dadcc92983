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
#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>

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
#include "weir/task.h"
#include "weir/timer.h"
#include "weir/vec.h"
}

namespace weir {

template <class Result = void> class task;
template <class Make> class call;

namespace detail {

// The memory of one frame on its way: what was missing, then what was granted.
struct frame_grant {
  std::size_t missing = 0;
  void *block = nullptr;
};

// What compilers align frames for, as far as operator new without an alignment goes.
constexpr std::size_t frame_align = __STDCPP_DEFAULT_NEW_ALIGNMENT__;

// A frame, and behind it the heap that it goes back to: delete is told the size only.
constexpr std::size_t heap_offset(std::size_t bytes) {
  return (bytes + alignof(weir_heap *) - 1) & ~(alignof(weir_heap *) - 1);
}

inline weir_layout frame_layout(std::size_t bytes) {
  return {heap_offset(bytes) + sizeof(weir_heap *), frame_align};
}

} // namespace detail

// Where frames are allocated. A handle: copy it.
class frames {
public:
  explicit frames(weir_heap &heap) : heap_(&heap) {}

  // co_await it: the task that `function(frames)` returns, once there is memory for its frame. The
  // function is called once or twice, or again if it makes a frame of another size then.
  template <class Make> call<Make> make(Make function) const;

  weir_heap &heap() const { return *heap_; }

private:
  template <class> friend class call;
  friend struct promise_base;

  // The frame's own copy of the handle must not refer to a call that is over.
  void forget() const { grant_ = nullptr; }

  frames(weir_heap &heap, detail::frame_grant &grant) : heap_(&heap), grant_(&grant) {}

  void *allocate(std::size_t bytes) const {
    weir_layout layout = detail::frame_layout(bytes);
    void *block = nullptr;
    if (grant_ != nullptr && grant_->block != nullptr && grant_->missing == bytes)
      block = std::exchange(grant_->block, nullptr);
    else
      block = weir_heap_try_alloc(heap_, layout);
    if (block != nullptr)
      ::new (static_cast<char *>(block) + detail::heap_offset(bytes)) weir_heap *(heap_);
    if (grant_ != nullptr)
      grant_->missing = block == nullptr ? bytes : 0;
    return block;
  }

  weir_heap *heap_;
  mutable detail::frame_grant *grant_ = nullptr; // only while `call` calls
};

// What a coroutine waits for, as its root sees it.
struct suspended {
  weir_poll (*poll)(suspended *self) = nullptr;
  std::coroutine_handle<> handle;
};

// The part of a root that coroutines refer to.
struct root_base {
  weir_task task{};
  suspended *leaf = nullptr; // the one await that the whole chain of coroutines stands at
};

struct promise_base {
  // Given the frame's copies of the parameters.
  template <class... Rest> explicit promise_base(const frames &at, const Rest &...) { at.forget(); }
  template <class Self, class... Rest>
  promise_base(const Self &, const frames &at, const Rest &...) {
    at.forget();
  }

  template <class... Rest>
  static void *operator new(std::size_t bytes, const frames &at, const Rest &...) noexcept {
    return at.allocate(bytes);
  }
  template <class Self, class... Rest>
  static void *operator new(std::size_t bytes, const Self &, const frames &at,
                            const Rest &...) noexcept {
    return at.allocate(bytes);
  }
  static void operator delete(void *frame, std::size_t bytes) noexcept {
    void *behind = static_cast<char *>(frame) + detail::heap_offset(bytes);
    weir_heap_free(*static_cast<weir_heap **>(behind), frame, detail::frame_layout(bytes));
  }

  // A task starts when it is awaited, and hands over to who awaits it when it ends.
  std::suspend_always initial_suspend() noexcept { return {}; }
  struct final_awaiter {
    bool await_ready() noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> done) noexcept {
      return done.promise().continuation;
    }
    void await_resume() noexcept {}
  };
  final_awaiter final_suspend() noexcept { return {}; }
  [[noreturn]] void unhandled_exception() noexcept { __builtin_trap(); }

  root_base *root = nullptr;
  std::coroutine_handle<> continuation = std::noop_coroutine();
};

template <class Result> struct promise : promise_base {
  using promise_base::promise_base;
  ~promise() {
    if (returned)
      value()->~Result();
  }
  task<Result> get_return_object() noexcept;
  static task<Result> get_return_object_on_allocation_failure() noexcept;
  template <class From> void return_value(From &&from) {
    ::new (static_cast<void *>(storage)) Result(std::forward<From>(from));
    returned = true;
  }
  Result take() { return std::move(*value()); }

private:
  Result *value() { return std::launder(reinterpret_cast<Result *>(storage)); }

  alignas(Result) unsigned char storage[sizeof(Result)];
  bool returned = false;
};

template <> struct promise<void> : promise_base {
  using promise_base::promise_base;
  task<void> get_return_object() noexcept;
  static task<void> get_return_object_on_allocation_failure() noexcept;
  void return_void() noexcept {}
  void take() noexcept {}
};

// A coroutine: its owner, and what its caller awaits, once. Empty when its frame found no memory.
template <class Result> class [[nodiscard]] task {
public:
  using promise_type = promise<Result>;
  using handle = std::coroutine_handle<promise_type>;

  task() = default;
  task(task &&from) noexcept : handle_(std::exchange(from.handle_, {})) {}
  task &operator=(task &&from) noexcept {
    if (this != &from) {
      destroy();
      handle_ = std::exchange(from.handle_, {});
    }
    return *this;
  }
  ~task() { destroy(); }

  explicit operator bool() const { return static_cast<bool>(handle_); }
  bool done() const { return handle_ && handle_.done(); }

  class awaiter {
  public:
    explicit awaiter(handle child) : child_(child) {}
    bool await_ready() noexcept { return false; }
    template <class Promise> handle await_suspend(std::coroutine_handle<Promise> parent) noexcept {
      if (!child_ || child_.done())
        __builtin_trap(); // empty, or awaited a second time
      child_.promise().root = parent.promise().root;
      child_.promise().continuation = parent;
      return child_;
    }
    Result await_resume() { return child_.promise().take(); }

  private:
    handle child_;
  };
  awaiter operator co_await() noexcept { return awaiter(handle_); }

private:
  template <class> friend struct promise;
  template <class> friend class root;
  explicit task(handle of) : handle_(of) {}
  void destroy() {
    if (handle_)
      handle_.destroy();
  }
  handle handle_;
};

template <class Result> task<Result> promise<Result>::get_return_object() noexcept {
  return task<Result>(std::coroutine_handle<promise>::from_promise(*this));
}
template <class Result>
task<Result> promise<Result>::get_return_object_on_allocation_failure() noexcept {
  return task<Result>();
}
inline task<void> promise<void>::get_return_object() noexcept {
  return task<void>(std::coroutine_handle<promise>::from_promise(*this));
}
inline task<void> promise<void>::get_return_object_on_allocation_failure() noexcept {
  return task<void>();
}

// ---- awaiting: what all awaits have in common ----

// `Self` has start(const weir_task &), poll() and, unless it is empty by itself, a destructor that
// drops. It must not move once it is started, and lives in the frame of who awaits it.
template <class Self> class awaiting : suspended {
public:
  awaiting() = default;
  awaiting(const awaiting &) = delete;
  awaiting &operator=(const awaiting &) = delete;

  bool await_ready() noexcept { return false; }
  template <class Promise> bool await_suspend(std::coroutine_handle<Promise> parent) {
    root_base *root = parent.promise().root;
    if (static_cast<Self *>(this)->start(root->task) == WEIR_READY)
      return false;
    poll = [](suspended *self) {
      return static_cast<Self *>(static_cast<awaiting *>(self))->poll_now();
    };
    handle = parent;
    root->leaf = this;
    return true;
  }
};

template <class Make> class [[nodiscard]] call : public awaiting<call<Make>> {
public:
  using made = std::invoke_result_t<Make &, frames>;

  call(weir_heap &heap, Make make) : heap_(&heap), make_(std::move(make)) {}
  ~call() { drop(); }

  void drop() {
    give_back();
    weir_alloc_drop(&alloc_);
  }

  weir_poll start(const weir_task &task) {
    waker_ = &task.waker;
    return attempt();
  }
  weir_poll poll_now() {
    if (weir_alloc_poll(&alloc_) == WEIR_PENDING)
      return WEIR_PENDING;
    grant_.block = weir_alloc_take(&alloc_);
    return grant_.block == nullptr ? WEIR_READY : attempt();
  }
  made await_resume() { return std::move(made_); }

private:
  // Calls; if the frame found no memory, asks for it. Ready with an empty task where nothing is
  // missing, for then the function itself made none.
  weir_poll attempt() {
    grant_size_ = grant_.missing;
    made_ = make_(frames(*heap_, grant_));
    give_back();
    if (made_ || grant_.missing == 0)
      return WEIR_READY;
    weir_layout layout = detail::frame_layout(grant_.missing);
    if (weir_alloc_start(&alloc_, heap_, layout, waker_) == WEIR_PENDING)
      return WEIR_PENDING;
    return poll_now();
  }
  void give_back() {
    if (grant_.block != nullptr)
      weir_heap_free(heap_, std::exchange(grant_.block, nullptr),
                     detail::frame_layout(grant_size_));
  }

  weir_heap *heap_;
  Make make_;
  const weir_waker *waker_ = nullptr;
  weir_alloc alloc_{};
  detail::frame_grant grant_;
  std::size_t grant_size_ = 0;
  made made_;
};

template <class Make> call<Make> frames::make(Make function) const {
  return call<Make>(*heap_, std::move(function));
}

// The first coroutine of a task of the executor. Static, or else it outlives the task.
template <class Make> class root : private root_base {
public:
  root(weir_heap &heap, Make make) : call_(heap, std::move(make)) {}

  // Once, or again when it is over. Task only.
  void spawn(weir_executor &executor) {
    state_ = state::calling;
    weir_executor_spawn(&executor, &this->task, run);
  }
  // Destroys the coroutine where it stands, with all that it awaits; the task is over at its next
  // turn. Task only, and not from within.
  void cancel() {
    leaf = nullptr;
    main_ = {};
    call_.drop();
    state_ = state::over;
    weir_task_wake(&this->task);
  }
  // Whether it is over because the heap could never hold its frame.
  bool failed() const { return state_ == state::failed; }

private:
  enum class state : unsigned char { calling, waiting_for_frame, running, over, failed };

  static weir_poll run(weir_task *task) {
    return static_cast<root *>(reinterpret_cast<root_base *>(task))->step();
  }
  weir_poll step() {
    if (state_ == state::calling || state_ == state::waiting_for_frame) {
      weir_poll made = state_ == state::calling ? call_.start(this->task) : call_.poll_now();
      state_ = state::waiting_for_frame;
      if (made == WEIR_PENDING)
        return WEIR_PENDING;
      main_ = call_.await_resume();
      state_ = main_ ? state::running : state::failed;
      if (main_) {
        main_.handle_.promise().root = this;
        main_.handle_.resume();
      }
    } else if (state_ == state::running && leaf != nullptr) {
      suspended *at = leaf;
      if (at->poll(at) == WEIR_PENDING)
        return WEIR_PENDING;
      leaf = nullptr;
      at->handle.resume();
    }
    if (state_ == state::running && !main_.done())
      return WEIR_PENDING;
    main_ = {};
    if (state_ == state::running)
      state_ = state::over;
    return WEIR_READY;
  }

  call<Make> call_;
  typename call<Make>::made main_;
  state state_ = state::calling;
};

// ---- what can be awaited ----

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
