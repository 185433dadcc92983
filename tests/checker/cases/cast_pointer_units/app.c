/* Casts in a circle and in two units, as callbacks are passed on. must fail: weir-banned-call */
#include "bus.h"
void *malloc(unsigned size);
static int grab(long size) { return malloc((unsigned)size) != 0; }
static int refuse(long size) { return size < 0; }
int main(void) {
#if FAIL
  subscribe(grab);
#else
  subscribe(refuse);
#endif
  publish(3);
  return 0;
}
