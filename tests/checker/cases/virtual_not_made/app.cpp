// A class that allocates, of which there is no object. must fail: weir-banned-call
struct Sink {
  virtual int put(char C) = 0;
};
struct Uart : Sink {
  int put(char C) override { return C; }
};
struct Log : Sink {
  int put(char C) override;
};
int Log::put(char C) { return *new char(C); }
Uart Line;
#if FAIL
Log Memory;
Sink *volatile Any = &Memory;
#else
Sink *volatile Any = &Line;
#endif
int main() { return Any->put('x'); }
