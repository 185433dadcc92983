void *malloc(unsigned size);
static inline int box(unsigned size) {
#if FAIL
  return malloc(size) != 0;
#else
  return (int)size;
#endif
}
