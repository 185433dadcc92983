/* An address travels as an integer. must fail: weir-unproven-path */
void *malloc(unsigned size);

static int zero(int x) { return x - x; }
static void *none(unsigned size) { return size ? 0 : (void *)""; }
int (*volatile spare)(int) = zero;
int main(void) {
#if FAIL
  volatile unsigned long address = (unsigned long)malloc;
#else
  volatile unsigned long address = (unsigned long)none;
#endif
  return ((int (*)(int))address)(4);
}
