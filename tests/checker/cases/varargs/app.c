/* A pointer is passed through '...' and fetched as what it is. must fail: weir-banned-call */
void *malloc(unsigned size);

static void *none(unsigned size) { return size ? 0 : (void *)""; }
typedef void *(*maker)(unsigned);
static int run(int count, ...) {
  __builtin_va_list list;
  __builtin_va_start(list, count);
  maker make = __builtin_va_arg(list, maker);
  __builtin_va_end(list);
  return make(4) != 0;
}
#if FAIL
int main(void) { return run(1, malloc); }
#else
int main(void) { return run(1, none); }
#endif
