/* The port for one RISC-V hart in machine mode with the standard timer. The timer interrupt is
 * enabled only while the hart sleeps with interrupts off, so it ends the sleep and never traps. */
#include "weir/port.h"

#ifndef WEIR_RISCV_MTIMECMP
#define WEIR_RISCV_MTIMECMP 0x02004000
#endif
#ifndef WEIR_RISCV_MTIME
#define WEIR_RISCV_MTIME 0x0200bff8
#endif
#ifndef WEIR_RISCV_MTIME_HZ
#define WEIR_RISCV_MTIME_HZ 10000000
#endif

#define MSTATUS_MIE 8u
#define MIE_MTIE 0x80u
#define COUNTS_PER_TICK (WEIR_RISCV_MTIME_HZ / 1000)

static volatile bool woken;

weir_port_mask weir_port_critical_enter(void) {
  uintptr_t before;
  __asm volatile("csrrci %0, mstatus, 8" : "=r"(before)::"memory");
  return (weir_port_mask)(before & MSTATUS_MIE);
}

void weir_port_critical_leave(weir_port_mask before) {
  __asm volatile("csrs mstatus, %0" ::"r"((uintptr_t)before) : "memory");
}

#if __riscv_xlen == 32
static uint64_t counter(void) {
  volatile uint32_t *words = (volatile uint32_t *)WEIR_RISCV_MTIME;
  uint32_t high, low;
  do {
    high = words[1];
    low = words[0];
  } while (high != words[1]);
  return (uint64_t)high << 32 | low;
}

/* The high word first goes to its maximum, so that no value in between is in the past. */
static void set_compare(uint64_t count) {
  volatile uint32_t *words = (volatile uint32_t *)WEIR_RISCV_MTIMECMP;
  words[1] = UINT32_MAX;
  words[0] = (uint32_t)count;
  words[1] = (uint32_t)(count >> 32);
}
#else
static uint64_t counter(void) { return *(volatile uint64_t *)WEIR_RISCV_MTIME; }

static void set_compare(uint64_t count) { *(volatile uint64_t *)WEIR_RISCV_MTIMECMP = count; }
#endif

void weir_port_idle(void) {
  if (!woken) {
    uintptr_t timer = MIE_MTIE;
    __asm volatile("csrs mie, %0\n\twfi\n\tcsrc mie, %0" ::"r"(timer) : "memory");
  }
  woken = false;
}

void weir_port_wake(void) { woken = true; }

weir_ticks weir_port_now(void) { return (weir_ticks)(counter() / COUNTS_PER_TICK); }

void weir_port_deadline_arm(weir_ticks deadline) {
  uint64_t now = counter();
  weir_ticks ticks = (weir_ticks)(now / COUNTS_PER_TICK);
  if (weir_ticks_reached(ticks, deadline))
    set_compare(0);
  else
    set_compare((now / COUNTS_PER_TICK + (deadline - ticks)) * COUNTS_PER_TICK);
}

void weir_port_deadline_disarm(void) { set_compare(UINT64_MAX); }
