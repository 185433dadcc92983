/* What the size of a parameter's array evaluates casts a function. must fail: weir-banned-call */
void *malloc(unsigned size);
static int nothing(int key) { return key; }
static int grab(long size) { return malloc((unsigned)size) != 0; }
static int (*volatile hook)(int) = nothing;
int keep(void) {
  int (*volatile call)(long) = grab;
  return call != 0;
}
#if FAIL
static int sum(int n, int row[(hook = (int (*)(int))grab) ? n : 1]) { return row[n - 1]; }
#else
static int sum(int n, int row[(hook = nothing) ? n : 1]) { return row[n - 1]; }
#endif
int main(int argc, char **argv) {
  (void)argv;
  return sum(1, &argc) + hook(argc);
}
