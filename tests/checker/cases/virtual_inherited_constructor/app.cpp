// A virtual call stands in a field's initialiser, which an inherited constructor of variable
// arguments brings into a function that makes another call of its type. must fail: weir-banned-call (kcfi: weir-unproven-path)
extern "C" void *malloc(unsigned size);
struct Sink {
  virtual void *take(unsigned) { return nullptr; }
};
struct Store {
  virtual void *make(unsigned size) { return malloc(size); }
};
Sink TheSink;
Store TheStore;
Sink *volatile Out = &TheSink;
Store *volatile Memory = &TheStore;
struct Base {
  explicit Base(int, ...) {}
};
struct Device : Base {
  using Base::Base;
#if FAIL
  void *Buffer = Memory->make(1);
#else
  void *Buffer = nullptr;
#endif
};
int main() {
  Out->take(1);
  Device D(1, 2);
  return D.Buffer != nullptr;
}
