/* The C library calls back. must fail: weir-unproven-path */
void *malloc(unsigned size);

void qsort(void *base, unsigned count, unsigned size, int (*compare)(const void *, const void *));
static int compare(const void *a, const void *b) {
#if FAIL
  if (a == b)
    return malloc(4) != 0;
#endif
  return *(const int *)a - *(const int *)b;
}
int main(void) {
  int numbers[] = {3, 1, 2};
  qsort(numbers, 3, sizeof *numbers, compare);
  return numbers[0];
}
