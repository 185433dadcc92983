/* A pointer to a function that is chosen when the program is loaded. must fail: weir-banned-call */
void *malloc(unsigned long size);

static int none(unsigned size) { return size != 0; }
static int taken(unsigned key) { return key != 1; }
int (*volatile decoy)(unsigned) = taken;
#if FAIL
static int grab(unsigned size) { return malloc(size) != 0; }
static void *choose(void) { return (void *)grab; }
#else
static int (*choose(void))(unsigned) { return none; }
#endif
int make(unsigned size) __attribute__((ifunc("choose")));
int main(void) {
  int (*volatile call)(unsigned) = make;
  return call(4) + decoy(4);
}
