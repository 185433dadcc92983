/* A function chooses the function. must fail: weir-banned-call */
void *malloc(unsigned size);

typedef void *(*maker)(unsigned);
static void *none(unsigned size) { return size ? 0 : (void *)""; }
#if FAIL
static maker choose(int x) { return x ? malloc : none; }
#else
static maker choose(int x) { return x ? none : none; }
#endif
int main(void) {
  volatile int x = 0;
  return choose(x)(4) != 0;
}
