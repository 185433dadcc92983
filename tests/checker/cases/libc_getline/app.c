/* A function of the C library grows the caller's buffer. must fail: weir-(banned|unproven)-call */
typedef struct file FILE;
int getline(char **line, unsigned *size, FILE *in);
int main(void) {
#if FAIL
  char *text = 0;
  unsigned size = 0;
  return getline(&text, &size, 0);
#else
  return 0;
#endif
}
