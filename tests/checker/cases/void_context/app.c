/* A callback and its data travel as void *, as in timers. must fail: weir-banned-call */
void *malloc(unsigned size);

struct job {
  int (*run)(struct job *);
};
struct timer {
  void *context;
};
#if FAIL
static int work(struct job *self) { return malloc(sizeof *self) != 0; }
#else
static int work(struct job *self) { return self != 0; }
#endif
static struct job job = {work};
static struct timer timer = {&job};
static int expire(struct timer *t) {
  struct job *due = t->context;
  return due->run(due);
}
int main(void) { return expire(&timer); }
