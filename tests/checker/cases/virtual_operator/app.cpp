// A virtual operator is called beside another method of its type. must fail: weir-banned-call
struct Quiet {
  virtual int count(int N) { return N; }
};
struct Maker {
  virtual int operator[](int N) { return N; }
};
struct Store : Maker {
  int operator[](int N) override { return *new int(N); }
};
#if FAIL
Store Made;
#else
Maker Made;
#endif
Quiet Plain;
Quiet *volatile First = &Plain;
Maker *volatile Second = &Made;
int main() {
  Quiet *A = First;
  Maker *B = Second;
  return A->count(1) + (*B)[2];
}
