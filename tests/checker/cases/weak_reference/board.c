void *malloc(unsigned size);
#if FAIL
int hook(int x) { return malloc(x) != 0; }
#else
int hook(int x) { return x; }
#endif
