/* A function of the C library allocates deep inside. must fail: weir-banned-call */
typedef struct file FILE;
FILE *fopen(const char *name, const char *mode);
void *memchr(const void *where, int what, unsigned size);
int main(void) {
#if FAIL
  return fopen("x", "r") != 0;
#else
  return memchr("x", 'x', 1) != 0;
#endif
}
