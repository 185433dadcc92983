// The class of the object is known to be final. must fail: weir-banned-call
struct Sink {
  virtual int put(char C) = 0;
};
struct Uart final : Sink {
  int put(char C) override { return C; }
};
struct Log final : Sink {
  int put(char C) override { return *new char(C); }
};
static int write(Uart &To) { return To.put('x'); }
int main() {
  Log ToMemory;
  Uart ToLine;
#if FAIL
  Sink *volatile Any = &ToMemory;
  return Any->put('x') + write(ToLine);
#else
  Sink *volatile Any = &ToMemory;
  return write(ToLine) + (Any != nullptr);
#endif
}
