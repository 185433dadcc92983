/* A structure with a pointer in it is copied by memcpy. must fail: weir-banned-call */
void *malloc(unsigned size);

void *memcpy(void *to, const void *from, unsigned size);
struct driver {
  void *(*make)(unsigned);
};
static void *none(unsigned size) { return size ? 0 : (void *)""; }
#if FAIL
static const struct driver flash = {malloc};
#else
static const struct driver flash = {none};
#endif
int main(void) {
  struct driver ram;
  memcpy(&ram, &flash, sizeof ram);
  return ram.make(4) != 0;
}
