// The size of an array is from a virtual call, beside another of its type. must fail: weir-banned-call
struct Quiet {
  virtual int count(int N) { return N; }
};
struct Maker {
  virtual int size(int N) { return N; }
};
struct Store : Maker {
  int size(int N) override { return *new int(N); }
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
  char Buffer[Second->size(3)];
  Buffer[0] = 1;
  return First->count(1) + Buffer[0];
}
