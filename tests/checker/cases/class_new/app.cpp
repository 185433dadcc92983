// A class brings its own operator new. must fail: weir-banned-call
struct Box {
  int X = 1;
#if !FAIL
  void *operator new(decltype(sizeof 0)) {
    alignas(8) static char Memory[8];
    return Memory;
  }
#endif
};
int main() { return (new Box)->X; }
