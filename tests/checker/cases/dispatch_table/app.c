/* A handler is chosen by number, as commands are. must fail: weir-banned-call */
void *malloc(unsigned size);

typedef int (*handler)(int);
static int add(int x) { return x + 1; }
#if FAIL
static int copy(int x) { return malloc(x) != 0; }
#else
static int copy(int x) { return x; }
#endif
static const handler handlers[] = {add, copy};
int main(void) {
  volatile int index = 1;
  return handlers[index](3);
}
