/* Start-up code may allocate; what else reaches it may not. must fail: weir-banned-call */
void *malloc(unsigned size);
void *pool;
static void grow(void) { pool = malloc(64); }
void boot(void) { grow(); }
int main(void) {
  boot();
#if FAIL
  grow();
#endif
  return 0;
}
