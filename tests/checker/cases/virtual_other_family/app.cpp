// Two families have virtual functions of one type. must fail: weir-banned-call
struct Sink {
  virtual int put(char C) { return C; }
};
struct Store {
  virtual int put(char C) { return *new char(C); }
};
Sink Line;
Store Memory;
Sink *volatile Out = &Line;
Store *volatile Keep = &Memory;
#if FAIL
int main() { return Keep->put('x'); }
#else
int main() { return Out->put('x'); }
#endif
