/* The call lies inside a cycle. must fail: weir-banned-call */
void *malloc(unsigned size);
int even(int n);
int odd(int n) {
#if FAIL
  if (n > 100)
    return malloc((unsigned)n) != 0;
#endif
  return n ? even(n - 1) : 0;
}
int even(int n) { return n ? odd(n - 1) : 1; }
int main(int argc, char **argv) { (void)argv; return even(argc); }
