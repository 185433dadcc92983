#include "count.h"

#ifdef __arm__

uint32_t count_overhead;

/* Callees of a known number of instructions, called as an allocator is. */
__attribute__((naked, noinline)) static void *one(uint32_t size, uint32_t align) {
  (void)size, (void)align;
  __asm volatile("bx lr");
}

#define KNOWN(name, nops)                                                                          \
  __attribute__((naked, noinline)) static void *name(uint32_t size, uint32_t align) {              \
    (void)size, (void)align;                                                                       \
    __asm volatile(".rept " #nops "\n\tnop\n\t.endr\n\tbx lr");                                    \
  }
KNOWN(eight, 7)
KNOWN(hundred, 99)
KNOWN(thousand, 999)

static uint32_t measure(void *(*callee)(uint32_t size, uint32_t align)) {
  uint32_t from = count_now();
  (void)callee(16, 8);
  return count_since(from);
}

bool count_calibrate(void) {
  COUNT_SYSTICK[0] = 0;
  COUNT_SYSTICK[1] = COUNT_TIMER_MASK;
  COUNT_SYSTICK[2] = 0;
  COUNT_SYSTICK[0] = 5; /* the core's clock, no interrupt */
  (void)measure(one);
  count_overhead = 0;
  count_overhead = measure(one) - 1;
  for (int i = 0; i < 50; i++)
    if (measure(one) != 1 || measure(eight) != 8 || measure(hundred) != 100 ||
        measure(thousand) != 1000)
      return false;
  return true;
}

#endif
