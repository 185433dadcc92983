/* The weak default allocates; the definition that replaces it does not. must fail: weir-banned-call */
void *malloc(unsigned size);
__attribute__((weak)) void *get_buffer(void) { return malloc(16); }
int main(void) { return get_buffer() != 0; }
