#include "fake_port.h"

#include <stddef.h>

#include "check.h"

struct fake_port fake_port;

void fake_port_reset(void) { fake_port = (struct fake_port){.now = 1000}; }

void fake_port_moment(void) {
  if (fake_port.depth != 0 || fake_port.countdown == 0 || --fake_port.countdown != 0)
    return;
  fake_port.interrupt(fake_port.context);
}

/* Where interrupts are real beside the moments, they are masked as the machine's port does. */
#define REALLY_UNMASKED 8u

static weir_port_mask really_mask(void) {
  uintptr_t before = 0;
#ifdef __riscv
  __asm volatile("csrrci %0, mstatus, 8" : "=r"(before)::"memory");
#endif
  return before & REALLY_UNMASKED;
}

static void really_unmask(weir_port_mask before) {
#ifdef __riscv
  __asm volatile("csrs mstatus, %0" ::"r"(before) : "memory");
#else
  (void)before;
#endif
}

weir_port_mask weir_port_critical_enter(void) {
  fake_port_moment();
  weir_port_mask before = really_mask();
  return before | fake_port.depth++;
}

void weir_port_critical_leave(weir_port_mask before) {
  fake_port.depth = before % REALLY_UNMASKED;
  really_unmask(before & REALLY_UNMASKED);
  fake_port_moment();
}

weir_ticks weir_port_now(void) {
  fake_port_moment();
  return fake_port.now;
}

void weir_port_wake(void) { fake_port.woken = !fake_port.deaf; }

void weir_port_deadline_arm(weir_ticks deadline) {
  fake_port.armed = true;
  fake_port.deadline = deadline;
}

void weir_port_deadline_disarm(void) { fake_port.armed = false; }

void weir_port_idle(void) {
  CHECK(fake_port.depth != 0); // else a wake between the look and the sleep is lost
  if (fake_port.woken) {
    fake_port.woken = false;
    return;
  }
  if (fake_port.armed && weir_ticks_reached(fake_port.now, fake_port.deadline))
    return;
  fake_port.sleeps++;
  if (fake_port.sleeping != NULL) {
    fake_port.sleeping();
  } else if (fake_port.armed) {
    fake_port.now = fake_port.deadline;
  } else {
    check_that(false, __FILE__, __LINE__,
               "asleep for ever"); // the harness ends a test that repeats it
  }
}
