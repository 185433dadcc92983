/* Two functions call each other, and one of them more. must fail: weir-banned-call */
void *malloc(unsigned size);

static int odd(unsigned n);
static int even(unsigned n) { return n ? odd(n - 1) : 1; }
static int odd(unsigned n) {
#if FAIL
  if (n == 77)
    return malloc(n) != 0;
#endif
  return n ? even(n - 1) : 0;
}
int main(void) { return even(8); }
