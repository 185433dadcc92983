/* A jump out of a call is no call; what follows it is. must fail: weir-banned-call */
#include <setjmp.h>
void *malloc(__SIZE_TYPE__ size);
static jmp_buf place;
static void fail(void) { longjmp(place, 1); }
int main(void) {
  if (setjmp(place))
#if FAIL
    return malloc(4) != 0;
#else
    return 1;
#endif
  fail();
  return 0;
}
