/* A function is put among those that run before main by hand. must fail: weir-banned-call */
void *malloc(unsigned size);

#if FAIL
static void early(void) { malloc(4); }
#else
static volatile int began;
static void early(void) { began = 1; }
#endif
__attribute__((used, section(".init_array"))) static void (*const start[])(void) = {early};

int main(void) { return 0; }
