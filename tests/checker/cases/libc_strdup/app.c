/* A function of the C library allocates by itself. must fail: weir-banned-call */
char *strdup(const char *text);
int main(void) {
  char buffer[8], *text = buffer;
  unsigned size = sizeof buffer;
  (void)text, (void)size;
#if FAIL
  return strdup("x") != 0;
#else
  return 0;
#endif
}
