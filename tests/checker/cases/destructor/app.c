/* Runs after main, called by nobody. must fail: weir-banned-call */
void *malloc(unsigned size);

#if FAIL
__attribute__((destructor)) static void leave(void) { malloc(4); }
#else
__attribute__((destructor)) static void leave(void) {}
#endif
int main(void) { return 0; }
