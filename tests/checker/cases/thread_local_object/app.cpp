// A thread's own object is made at its first use. must fail: weir-banned-call
struct Box {
  int *X;
#if FAIL
  Box() : X(new int(1)) {}
#else
  constexpr Box() : X(nullptr) {}
#endif
};
thread_local Box Only;
int main() { return Only.X != nullptr; }
