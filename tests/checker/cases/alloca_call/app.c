/* Memory from the stack, of a size that nobody knows. must fail: weir-banned-call */
void use(char *memory);
void use(char *memory) { *memory = 1; }
int main(void) {
  volatile unsigned size = 8;
#if FAIL
  use(__builtin_alloca(size));
#else
  char memory[8];
  use(memory + size - size);
#endif
  return 0;
}
