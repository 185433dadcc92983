// A coroutine goes on where its handle is resumed, not where it was called. must fail:
// weir-banned-call (kcfi: weir-unproven-path)
#include <coroutine>
struct Task {
  struct promise_type {
    Task get_return_object() {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
    void *operator new(decltype(sizeof 0)) {
      alignas(16) static char Frame[256];
      return Frame;
    }
    void operator delete(void *) {}
  };
  std::coroutine_handle<> Handle;
};
int *Memory;
Task work() {
#if FAIL
  Memory = new int(1);
#else
  Memory = nullptr;
#endif
  co_return;
}
std::coroutine_handle<> Ready;
extern "C" void tick() { Ready.resume(); }
int main() { Ready = work().Handle; }
