#include "kernel_single.h"

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

/* Interrupts are unmasked here: one may come. */
static void moment(void) {
  if (kernel.masked != 0 || kernel.in_interrupt || kernel.interrupt == 0 || kernel.countdown == 0)
    return;
  if (--kernel.countdown == 0)
    run_interrupt();
}

void kernel_forbid(bool it_is) { kernel.forbidden += it_is; }

void kernel_api(void) {
  kernel_forbid(kernel.masked != 0);
  moment();
}

unsigned kernel_mask(void) {
  moment();
  return kernel.masked++;
}

void kernel_unmask(unsigned depth) {
  kernel.masked = depth;
  moment();
}

void kernel_unmask_once(void) { kernel_unmask(kernel.masked - 1); }

bool kernel_in_interrupt(void) { return kernel.in_interrupt; }

uint32_t kernel_ticks(void) { return kernel.ticks; }

struct kernel_bell *kernel_self(void) { return &kernel.bell; }

void kernel_give(struct kernel_bell *bell, unsigned most) {
  if (bell->given < most)
    bell->given++;
  kernel.gives++;
}

bool kernel_take(struct kernel_bell *bell, uint32_t ticks) {
  kernel_forbid(kernel.in_interrupt);
  kernel_api();
  if (bell->given == 0 && ticks != 0) {
    kernel.sleeps++;
    if (kernel.interrupt != 0 && !kernel.late)
      run_interrupt();
    if (bell->given == 0) {
      check_that(ticks != KERNEL_FOR_EVER, __FILE__, __LINE__, "asleep for ever");
      kernel.ticks += ticks;
    }
  }
  bool any = bell->given != 0;
  bell->given = 0;
  return any;
}
