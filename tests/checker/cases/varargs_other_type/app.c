/* A pointer is passed through '...' and fetched as another type. must fail: weir-unproven-path */
void *malloc(unsigned size);

static void *none(unsigned size) { return size ? 0 : (void *)""; }
static int zero(int x) { return x - x; }
typedef int (*counter)(int);
counter volatile spare = zero;
static int run(int count, ...) {
  __builtin_va_list list;
  __builtin_va_start(list, count);
  counter counted = __builtin_va_arg(list, counter);
  __builtin_va_end(list);
  return counted(4);
}
#if FAIL
int main(void) { return run(1, malloc); }
#else
int main(void) { return run(1, none); }
#endif
