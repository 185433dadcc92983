/* A function runs when a variable's life ends. must fail: weir-banned-call */
void *malloc(unsigned size);

#if FAIL
static void done(int *x) { *x = malloc(4) != 0; }
#else
static void done(int *x) { *x = 0; }
#endif
int main(void) {
  __attribute__((cleanup(done))) int guard = 1;
  return guard;
}
