/* A pointer is stored through a cast pointer to it. must fail: weir-unproven-path */
void *malloc(unsigned size);

static int zero(int x) { return x - x; }
static void *none(unsigned size) { return size ? 0 : (void *)""; }
static int (*count)(int) = zero;
static void install(void *(*make)(unsigned)) { *(void *(**)(unsigned))(void *)&count = make; }
int main(void) {
#if FAIL
  install(malloc);
#else
  install(none);
#endif
  return count(4);
}
