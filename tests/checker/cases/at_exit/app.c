/* A function is left with the C library, to be called at exit. must fail: weir-[a-z-]+ */
void *malloc(unsigned size);

void exit(int status);
int atexit(void (*leave)(void));
#if FAIL
static void leave(void) { malloc(4); }
#else
static volatile int left;
static void leave(void) { left = 1; }
#endif
void _fini(void) {}
int main(void) { if (atexit(leave))
    return 1;
  exit(0); }
