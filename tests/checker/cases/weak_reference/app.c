/* A hook that somebody may define is called if it is there. must fail: weir-banned-call */
int hook(int x) __attribute__((weak));
int main(void) { return hook ? hook(1) : 0; }
