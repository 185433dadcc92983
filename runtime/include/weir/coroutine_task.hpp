// Tasks that are C++20 coroutines: their frames, what awaits them, and the root that the executor
// polls. weir/coroutine.hpp is the header to include: it explains, and has what can be awaited.
#ifndef WEIR_COROUTINE_TASK_HPP
#define WEIR_COROUTINE_TASK_HPP

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>

extern "C" {
#include "weir/alloc.h"
#include "weir/executor.h"
#include "weir/heap.h"
#include "weir/task.h"
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

} // namespace weir

#endif
