/* The function is called under another type than its own. must fail: weir-banned-call */
void *malloc(unsigned size);
static void nothing(int event) { (void)event; }
static int grab(long size) { return malloc((unsigned)size) != 0; }
typedef void (*handler)(int);
handler handlers[] = {nothing
#if FAIL
                      , (handler)grab
#endif
};
int keep(void) { int (*volatile call)(long) = grab; return call != 0; }
int main(int argc, char **argv) {
  (void)argv;
  handlers[argc & 1](argc);
  return 0;
}
