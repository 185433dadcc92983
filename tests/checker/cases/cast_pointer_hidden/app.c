/* A pointer variable travels through void * to another type. must fail: weir-unproven-path */
void *malloc(unsigned size);
typedef int (*grabber)(long);
typedef void (*handler)(int);
static int grab(long size) { return malloc((unsigned)size) != 0; }
static int refuse(long size) { return size < 0; }
#if FAIL
grabber source = grab;
#else
grabber source = refuse;
#endif
void *context;
void keep(grabber given) { context = given; }
int main(int argc, char **argv) {
  (void)argv;
  keep(source);
  ((handler)context)(argc);
  return 0;
}
