// A class whose only constructor is a template, and a class template. must fail: weir-banned-call
struct Sink {
  virtual int put(char C) { return C; }
};
template <typename T> struct Store : Sink {
  template <typename U> explicit Store(U Start) : Last(Start) {}
  int put(char C) override { return Last = *new T(C); }
  T Last;
};
template <typename T> struct Line : Sink {
  template <typename U> explicit Line(U Start) : Last(Start) {}
  int put(char C) override { return Last = C; }
  T Last;
};
Sink *volatile Out;
int main() {
#if FAIL
  Store<char> Made('x');
#else
  Line<char> Made('x');
#endif
  Out = &Made;
  return Out->put('x');
}
