/* Other names of the same heap. must fail: weir-banned-call */
void *aligned_alloc(unsigned alignment, unsigned size);
void *realloc(void *old, unsigned size);
int main(void) {
#if FAIL
  return aligned_alloc(8, 8) != realloc(0, 8);
#else
  return 0;
#endif
}
