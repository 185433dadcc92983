/* A pointer variable is called under another type than its own. must fail: weir-banned-call */
void *malloc(unsigned size);
typedef int (*grabber)(long);
typedef void (*handler)(int);
static void nothing(int event) { (void)event; }
static int grab(long size) { return malloc((unsigned)size) != 0; }
static int refuse(long size) { return size < 0; }
#if FAIL
grabber source = grab;
#else
grabber source = refuse;
#endif
handler installed = nothing;
void install(void) { installed = (handler)source; }
int main(int argc, char **argv) {
  (void)argv;
  install();
  installed(argc);
  return 0;
}
