// The bits of a record with a pointer become another record. must fail: weir-unproven-path
extern "C" void *malloc(unsigned size);
static void *none(unsigned size) { return size ? nullptr : const_cast<char *>(""); }
static int zero(int x) { return x - x; }
struct Maker {
  void *(*Call)(unsigned);
};
struct Counter {
  int (*Call)(int);
};
Counter Spare = {zero};
#if FAIL
Maker Make = {malloc};
#else
Maker Make = {none};
#endif
int main() { return __builtin_bit_cast(Counter, Make).Call(4); }
