/* Which body runs depends on the object. must fail: weir-banned-call */
struct Sink {
  virtual int put(char c) = 0;
};
struct Uart final : Sink {
  int put(char c) override { return c; }
};
#if FAIL
struct Log final : Sink {
  int put(char c) override { return *new char(c); }
};
Log log_sink;
#endif
Uart uart;
Sink *sink = &uart;
int main() { return sink->put('x'); }
