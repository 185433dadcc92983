/* A call by another name of a function. must fail: weir-banned-call */
void *malloc(unsigned size);
void *worker(unsigned size);
#if FAIL
void *worker(unsigned size) { return malloc(size); }
#else
void *worker(unsigned size) { return size ? 0 : &worker; }
#endif
void *other_name(unsigned size) __attribute__((alias("worker")));
int main(void) { return other_name(3) != 0; }
