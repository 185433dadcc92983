// An object on the heap. must fail: weir-banned-call
inline void *operator new(decltype(sizeof 0), void *place) noexcept { return place; }
struct Box {
  int X;
  explicit Box(int X) : X(X) {}
};
int main() {
#if FAIL
  return (new Box(1))->X;
#else
  alignas(Box) char Memory[sizeof(Box)];
  return (new (Memory) Box(1))->X;
#endif
}
