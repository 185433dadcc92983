// A lambda with captures goes through a template. must fail: weir-banned-call
template <typename Work> int run(Work W) { return W(1); }
int main() {
  int Y = 2;
#if FAIL
  return run([&](int X) { return *new int(X + Y); });
#else
  return run([&](int X) { return X + Y; });
#endif
}
