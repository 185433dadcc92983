/* Which function a name stands for is decided when the program is loaded. must fail: weir-banned-call */
void *malloc(unsigned size);

static void *none(unsigned size) { return size ? 0 : (void *)""; }
#if FAIL
static void *grab(unsigned size) { return malloc(size); }
static void *(*choose(void))(unsigned) { return grab; }
#else
static void *(*choose(void))(unsigned) { return none; }
#endif
void *make(unsigned size) __attribute__((ifunc("choose")));
int main(void) { return make(4) != 0; }
