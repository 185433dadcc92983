/* The bytes of a pointer become a pointer of another type. must fail: weir-unproven-path */
void *malloc(unsigned size);

void *memcpy(void *to, const void *from, unsigned size);
static void *none(unsigned size) { return size ? 0 : (void *)""; }
static int zero(int x) { return x - x; }
int (*volatile spare)(int) = zero;
int main(void) {
#if FAIL
  void *(*make)(unsigned) = malloc;
#else
  void *(*make)(unsigned) = none;
#endif
  int (*count)(int);
  memcpy(&count, &make, sizeof count);
  return count(4);
}
