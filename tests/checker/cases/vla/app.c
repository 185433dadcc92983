/* An array on the stack, of a size that nobody knows. must fail: weir-banned-call */
void use(char *memory);
void use(char *memory) { *memory = 1; }
int main(void) {
  volatile unsigned size = 8;
#if FAIL
  char memory[size];
#else
  char memory[8];
#endif
  use(memory);
  return (int)size;
}
