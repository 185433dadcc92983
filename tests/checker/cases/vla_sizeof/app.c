/* What is measured is evaluated, where it is an array of variable length. must fail: weir-banned-call */
void *malloc(unsigned size);
static int nothing(int key) { return key; }
static int grab(long size) { return malloc((unsigned)size) != 0; }
static int (*volatile hook)(int) = nothing;
int keep(void) {
  int (*volatile call)(long) = grab;
  return call != 0;
}
int main(int argc, char **argv) {
  (void)argv;
#if FAIL
  int bytes = (int)sizeof(int[(hook = (int (*)(int))grab) ? argc : 1]);
#else
  int bytes = (int)sizeof(int[(hook = nothing) ? argc : 1]);
#endif
  return hook(bytes);
}
