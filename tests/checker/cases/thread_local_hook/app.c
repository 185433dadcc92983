/* Each thread has its own hook. must fail: weir-banned-call */
void *malloc(unsigned size);

static void *none(unsigned size) { return size ? 0 : (void *)""; }
#if FAIL
static _Thread_local void *(*make)(unsigned) = malloc;
#else
static _Thread_local void *(*make)(unsigned) = none;
#endif
int main(void) { return make(4) != 0; }
