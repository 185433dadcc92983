// The cast is in a lambda that clang evaluates, for the value that a field begins with: no code is
// made of it. must fail: weir-banned-call
extern "C" void *malloc(unsigned size);
static int nothing(int) { return 0; }
static int grab(long size) { return malloc(static_cast<unsigned>(size)) != nullptr; }
using handler = int (*)(int);
struct Device {
#if FAIL
  handler Handle = [] { return (handler)&grab; }();
#else
  handler Handle = [] { return &nothing; }();
#endif
};
static Device D;
int keep() { int (*volatile call)(long) = grab; return call != nullptr; }
int main(int argc, char **) { return D.Handle(argc); }
