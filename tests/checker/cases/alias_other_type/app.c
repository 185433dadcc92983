/* An alias is taken as what it is declared to be, whatever its target is. must fail: weir-banned-call */
void *malloc(unsigned size);
static int taken(int key) { return key; }
int (*volatile decoy)(int) = taken;
#if FAIL
int worker(unsigned size) { return malloc(size) != 0; }
#else
int worker(unsigned size) { return size != 0; }
#endif
int other_name(int key) __attribute__((alias("worker")));
int main(int argc, char **argv) {
  (void)argv;
  int (*volatile call)(int) = other_name;
  return call(argc) + decoy(argc);
}
