/* Drivers of two kinds have callbacks of one type. must fail: weir-banned-call */
void *malloc(unsigned size);

struct codec {
  int (*start)(int);
};
struct filter {
  int (*start)(int);
};
static int decode(int x) { return malloc(x) != 0; }
static int pass(int x) { return x; }
static const struct codec codec = {decode};
static const struct filter filter = {pass};
static int run_codec(const struct codec *c) { return c->start(1); }
static int run_filter(const struct filter *f) { return f->start(1); }
int main(void) {
#if FAIL
  return run_codec(&codec);
#else
  return run_filter(&filter) + (run_codec == 0);
#endif
}
