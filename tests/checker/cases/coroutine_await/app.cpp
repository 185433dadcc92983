// What a coroutine waits for is asked before it waits. must fail: weir-banned-call
#include <coroutine>
int *Memory;
struct Event {
  bool await_ready() noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) noexcept {
#if FAIL
    Memory = new int(1);
#endif
  }
  void await_resume() noexcept {}
};
struct Task {
  struct promise_type {
    Task get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
    void *operator new(decltype(sizeof 0)) {
      alignas(16) static char Frame[256];
      return Frame;
    }
    void operator delete(void *) {}
  };
};
Task work() { co_await Event(); }
int main() { work(); }
