// A base calls its derived class without a table. must fail: weir-banned-call
template <typename Derived> struct Base {
  int run() { return static_cast<Derived *>(this)->work(); }
};
struct Grab : Base<Grab> {
  int work() { return *new int(1); }
};
struct Give : Base<Give> {
  int work() { return 1; }
};
#if FAIL
int main() { return Grab().run(); }
#else
int main() { return Give().run(); }
#endif
