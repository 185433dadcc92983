/* Two fields of one type; only the other one ever holds an allocator. must fail: weir-banned-call */
void *malloc(unsigned size);

struct memory {
  void *(*take)(unsigned);
};
struct device {
  void *(*map)(unsigned);
};
static void *window(unsigned at) { return (char *)0 + at; }
static struct memory heap = {malloc};
static struct device uart = {window};
int main(void) {
#if FAIL
  return heap.take(4) != 0;
#else
  return uart.map(4) != 0;
#endif
}
