/* Nobody declared it, as C89 allows. must fail: weir-banned-call */
int main() {
#if FAIL
  return malloc(4) != 0;
#else
  return 0;
#endif
}
