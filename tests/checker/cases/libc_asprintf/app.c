/* A function of the C library allocates by itself. must fail: weir-banned-call */
int asprintf(char **out, const char *format, ...);
int snprintf(char *out, unsigned size, const char *format, ...);
int main(void) {
  char buffer[8], *text = buffer;
  unsigned size = sizeof buffer;
  (void)text, (void)size;
#if FAIL
  return asprintf(&text, "%d", 1);
#else
  return snprintf(text, 4, "%d", 1);
#endif
}
