/* Handlers are linked into a list while the program runs. must fail: weir-banned-call */
void *malloc(unsigned size);

struct handler {
  struct handler *next;
  void (*run)(struct handler *);
};
static struct handler *first;
static void add(struct handler *h, void (*run)(struct handler *)) {
  h->run = run;
  h->next = first;
  first = h;
}
static void on_tick(struct handler *h) { (void)h; }
#if FAIL
static void on_tock(struct handler *h) { malloc(sizeof *h); }
#else
static void on_tock(struct handler *h) { (void)h; }
#endif
int main(void) {
  static struct handler tick, tock;
  add(&tick, on_tick);
  add(&tock, on_tock);
  for (struct handler *h = first; h; h = h->next)
    h->run(h);
  return 0;
}
