// The cast is in the value that a field begins with, in elements that the initialiser of an array
// does not list. must fail: weir-banned-call
extern "C" void *malloc(unsigned size);
static int nothing(int) { return 0; }
static int grab(long size) { return malloc(static_cast<unsigned>(size)) != nullptr; }
using handler = int (*)(int);
int (*volatile spare)(long) = grab;
struct Device {
  int Number;
#if FAIL
  handler Handle = (handler)spare;
#else
  handler Handle = &nothing;
#endif
};
int main() {
  Device Devices[3] = {};
  return Devices[2].Handle(1);
}
