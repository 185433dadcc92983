// The bits of a pointer become a pointer of another type. must fail: weir-(banned-call|unproven-path)
extern "C" void *malloc(unsigned size);
static void *none(unsigned size) { return size ? nullptr : const_cast<char *>(""); }
static int zero(int x) { return x - x; }
using maker = void *(*)(unsigned);
using counter = int (*)(int);
counter volatile spare = zero;
#if FAIL
maker volatile make = malloc;
#else
maker volatile make = none;
#endif
template <class To, class From> constexpr To bit_cast(const From &from) {
  return __builtin_bit_cast(To, from);
}
int main() {
  maker copy = make;
  return bit_cast<counter>(copy)(4);
}
