/* The pointer's type says nothing of the parameters. must fail: weir-banned-call (kcfi: weir-unproven-path) */
void *malloc(unsigned size);
void *grab(unsigned size) { return malloc(size); }
extern void *(*make)();
static void *give(unsigned size) { return size ? 0 : &make; }
#if FAIL
void *(*make)() = grab;
#else
void *(*make)() = give;
#endif
int main(void) { return make(4u) != 0; }
