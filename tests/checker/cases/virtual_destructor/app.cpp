// Deleting through the base runs the derived destructor. must fail: weir-(banned-call|unproven-path)
struct Base {
  virtual ~Base() {}
  void operator delete(void *) {}
};
struct Derived : Base {
  int *Copy = nullptr;
#if FAIL
  ~Derived() override { Copy = new int(1); }
#endif
};
Derived Object;
Base *volatile Any = &Object;
int main() { delete Any; }
