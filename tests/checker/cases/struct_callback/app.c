/* Two members of one struct have different types. must fail: weir-banned-call */
void *malloc(unsigned size);
struct driver {
  int (*open)(int);
  void *(*map)(unsigned);
};
static int open_it(int port) { return port; }
static void *map_it(unsigned size) { return malloc(size); }
const struct driver driver = {open_it, map_it};
const struct driver *volatile current = &driver;
int main(void) {
#if FAIL
  return current->map(4) != 0;
#else
  return current->open(4);
#endif
}
