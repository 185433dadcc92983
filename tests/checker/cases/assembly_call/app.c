/* Assembly in a function calls. must fail: weir-unresolved-indirect */
void *malloc(unsigned size);

int main(void) {
#if FAIL
  __asm__ volatile("bl malloc" ::: "r0", "r1", "r2", "r3", "lr", "memory");
#else
  __asm__ volatile("nop");
#endif
  return 0;
}
