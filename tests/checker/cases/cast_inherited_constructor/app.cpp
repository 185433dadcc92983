// The cast is in the value that a field begins with, and the constructor that gives it is an
// inherited one. must fail: weir-banned-call
extern "C" void *malloc(unsigned size);
static int nothing(int) { return 0; }
static int grab(long size) { return malloc(static_cast<unsigned>(size)) != nullptr; }
using handler = int (*)(int);
struct Base {
  explicit Base(int number) : Number(number) {}
  int Number;
};
struct Device : Base {
  using Base::Base;
#if FAIL
  handler Handle = (handler)&grab;
#else
  handler Handle = &nothing;
#endif
};
int keep() { int (*volatile call)(long) = grab; return call != nullptr; }
int main(int argc, char **) {
  Device D(argc);
  return D.Handle(argc);
}
