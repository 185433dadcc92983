/* Runs before main, called by nobody. must fail: weir-banned-call */
void *malloc(unsigned size);
static void *early;
__attribute__((constructor)) static void setup(void) {
#if FAIL
  early = malloc(4);
#else
  early = &early;
#endif
}
int main(void) { return early != 0; }
