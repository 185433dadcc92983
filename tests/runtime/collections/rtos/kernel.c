#include "kernel.h"

#include "check.h"

struct kernel kernel;

void kernel_reset(void) { kernel = (struct kernel){.ticks = 1000}; }

static void run_interrupt(void) {
  void (*handler)(void) = kernel.interrupt;
  kernel.interrupt = 0;
  kernel.in_interrupt = true;
  handler();
  kernel.in_interrupt = false;
}

void kernel_moment(void) {
  if (kernel.masked != 0 || kernel.in_interrupt || kernel.interrupt == 0 || kernel.countdown == 0)
    return;
  if (--kernel.countdown == 0)
    run_interrupt();
}

void kernel_api(void) {
  kernel.forbidden += kernel.masked != 0;
  kernel_moment();
}

void kernel_mask(void) {
  kernel_moment();
  kernel.masked++;
}

void kernel_unmask(void) {
  kernel.masked--;
  kernel_moment();
}

void kernel_sleep(uint32_t ticks) {
  kernel_api();
  kernel.forbidden += kernel.in_interrupt;
  if (kernel.given == 0 && ticks != 0) {
    kernel.sleeps++;
    if (kernel.interrupt != 0)
      run_interrupt();
    if (kernel.given == 0) {
      check_that(ticks != UINT32_MAX, __FILE__, __LINE__, "asleep for ever");
      kernel.ticks += ticks;
    }
  }
  kernel.given = 0;
}
