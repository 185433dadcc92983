/* A pointer is written as one member of a union and read as another. must fail: weir-unproven-path */
void *malloc(unsigned size);

union slot {
  void *(*make)(unsigned);
  int (*count)(int);
};
static void *none(unsigned size) { return size ? 0 : (void *)""; }
static int zero(int x) { return x - x; }
int (*volatile spare)(int) = zero;
static union slot slot;
int main(void) {
#if FAIL
  slot.make = malloc;
#else
  slot.make = none;
#endif
  return slot.count(4);
}
