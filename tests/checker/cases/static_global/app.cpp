// A global object is made before main. must fail: weir-banned-call
struct Box {
  int *X;
#if FAIL
  Box() : X(new int(1)) {}
#else
  constexpr Box() : X(nullptr) {}
#endif
};
Box Only;
int main() { return 0; }
