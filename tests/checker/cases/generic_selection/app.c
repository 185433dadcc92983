/* The function depends on the argument's type. must fail: weir-banned-call */
void *malloc(unsigned size);

static int whole(int x) { return x; }
#if FAIL
static int real(float x) { return malloc((unsigned)x) != 0; }
#else
static int real(float x) { return (int)x; }
#endif
#define size_of(x) _Generic((x), int: whole, float: real)(x)
int main(void) { return size_of(1) + size_of(2.0F); }
