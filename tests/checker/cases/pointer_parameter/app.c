/* A function is passed to one that calls it. must fail: weir-banned-call */
void *malloc(unsigned size);

static void *grab(unsigned size) { return malloc(size); }
static void *give(unsigned size) { return size ? (void *)"" : 0; }
#if FAIL
#define PICK grab
#else
#define PICK give
#endif
static int run(void *(*make)(unsigned)) { return make(4) != 0; }
int main(void) { return run(PICK) + run(give); }
