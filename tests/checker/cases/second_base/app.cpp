// A call through the second base class goes by a thunk. must fail: weir-banned-call
struct First {
  virtual int one() { return 1; }
};
struct Second {
  virtual int two() { return 2; }
};
struct Both : First, Second {
#if FAIL
  int two() override { return *new int(3); }
#else
  int two() override { return 3; }
#endif
};
Both Object;
Second *volatile Any = &Object;
int main() { return Any->two(); }
