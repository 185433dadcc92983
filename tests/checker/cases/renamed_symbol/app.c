/* The symbol has another name than the function. must fail: weir-banned-call */
void *take(unsigned size) __asm__("malloc");
int main(void) {
#if FAIL
  return take(4) != 0;
#else
  return 0;
#endif
}
