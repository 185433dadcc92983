// A lambda becomes a function pointer. must fail: weir-banned-call
static int run(int (*Work)(int)) { return Work(1); }
int main() {
#if FAIL
  return run([](int X) { return *new int(X); });
#else
  return run([](int X) { return X; });
#endif
}
