/* The operations are found from a member's address. must fail: weir-banned-call */
void *malloc(unsigned size);

struct ops {
  int (*probe)(struct ops *);
};
struct device {
  int number;
  struct ops ops;
};
#if FAIL
static int probe(struct ops *ops) { return malloc(sizeof *ops) != 0; }
#else
static int probe(struct ops *ops) {
  return ((struct device *)((char *)ops - __builtin_offsetof(struct device, ops)))->number;
}
#endif
static struct device device = {1, {probe}};
int main(void) { return device.ops.probe(&device.ops); }
