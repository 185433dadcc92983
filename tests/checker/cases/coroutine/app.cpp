// A coroutine's frame is on the heap, unless its promise says otherwise. must fail: weir-banned-call
#include <coroutine>
struct Task {
  struct promise_type {
    Task get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
#if !FAIL
    void *operator new(decltype(sizeof 0)) {
      alignas(16) static char Frame[256];
      return Frame;
    }
    void operator delete(void *) {}
#endif
  };
};
int Done;
Task work() {
  Done = 1;
  co_return;
}
int main() {
  work();
  return Done;
}
