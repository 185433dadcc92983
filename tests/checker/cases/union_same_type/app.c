/* A pointer is stored in a union and read as what it is. must fail: weir-banned-call */
void *malloc(unsigned size);

union slot {
  void *(*make)(unsigned);
  unsigned long number;
};
static void *none(unsigned size) { return size ? 0 : (void *)""; }
static union slot slot;
int main(void) {
#if FAIL
  slot.make = malloc;
#else
  slot.make = none;
#endif
  return slot.make(4) != 0;
}
