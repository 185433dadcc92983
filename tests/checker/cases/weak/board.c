#if !FAIL
static char buffer[16];
void *get_buffer(void) { return buffer; }
#else
void board(void) {}
#endif
