// A pointer to a virtual member function. must fail: weir-banned-call
struct Sink {
  virtual int put(int C) { return C; }
};
struct Log : Sink {
#if FAIL
  int put(int C) override { return *new int(C); }
#else
  int put(int C) override { return C + 1; }
#endif
};
Log Memory;
int main() {
  int (Sink::*volatile Put)(int) = &Sink::put;
  Sink *volatile Any = &Memory;
  return (Any->*Put)(1);
}
