/* The body of a block casts a function to another type. must fail: weir-banned-call */
void *malloc(unsigned size);
void *_NSConcreteGlobalBlock[32];
static int nothing(int key) { return key; }
static int grab(long size) { return malloc((unsigned)size) != 0; }
static int (*volatile hook)(int) = nothing;
int keep(void) {
  int (*volatile call)(long) = grab;
  return call != 0;
}
int main(int argc, char **argv) {
  (void)argv;
  void (^volatile choose)(void) = ^{
#if FAIL
    hook = (int (*)(int))grab;
#else
    hook = nothing;
#endif
  };
  (void)choose;
  return hook(argc);
}
