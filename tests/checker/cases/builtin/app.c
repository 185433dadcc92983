/* The compiler's own name for it. must fail: weir-banned-call */
int main(void) {
#if FAIL
  return __builtin_malloc(4) != __builtin_calloc(1, 4);
#else
  return __builtin_popcount(4);
#endif
}
