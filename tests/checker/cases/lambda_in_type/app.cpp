// A lambda in the argument of a template casts a function.
// must fail: weir-banned-call (kcfi: weir-unproven-path)
extern "C" void *malloc(unsigned size);
static int nothing(int) { return 0; }
using handler = int (*)(int);
static volatile handler Hook = nothing;
template <auto Choose> void set() { Hook = Choose(); }
#if FAIL
static int grab(long size) { return malloc(static_cast<unsigned>(size)) != nullptr; }
int keep() { int (*volatile call)(long) = grab; return call != nullptr; }
#endif
int main(int argc, char **) {
#if FAIL
  set<[] { return (handler)&grab; }>();
#else
  set<[] { return &nothing; }>();
#endif
  return Hook(argc);
}
