/* A handler is entered at any time. must fail: weir-banned-call */
void *malloc(unsigned size);

void (*signal(int number, void (*handler)(int)))(int);
#if FAIL
static void stop(int number) { malloc(number); }
#else
static void stop(int number) { (void)number; }
#endif
int main(void) { return signal(2, stop) != 0; }
