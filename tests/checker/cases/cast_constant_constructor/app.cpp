// The cast is in a constructor that clang evaluates: the object is a constant, and no code makes
// it. must fail: weir-banned-call
extern "C" void *malloc(unsigned size);
static int nothing(int) { return 0; }
static int grab(long size) { return malloc(static_cast<unsigned>(size)) != nullptr; }
using handler = int (*)(int);
struct Device {
#if FAIL
  Device(int) : Handle((handler)&grab) {}
#else
  Device(int) : Handle(&nothing) {}
#endif
  handler Handle;
};
static Device D(1);
int keep() { int (*volatile call)(long) = grab; return call != nullptr; }
int main(int argc, char **) { return D.Handle(argc); }
