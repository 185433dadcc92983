#include "interrupt.h"

#define MTIMECMP ((volatile uint32_t *)0x02004000)
#define MTIME (*(volatile uint32_t *)0x0200bff8)
#define MSTATUS_MIE 8u
#define MIE_MTIE 0x80u

void (*target_interrupt_action)(void);

static volatile bool fired;
static volatile uintptr_t fired_before;

void target_trap(void);

static void set_compare(uint32_t low, uint32_t high) {
  MTIMECMP[1] = UINT32_MAX;
  MTIMECMP[0] = low;
  MTIMECMP[1] = high;
}

__attribute__((interrupt("machine"), aligned(4))) void target_trap(void) {
  uintptr_t pc;
  __asm volatile("csrr %0, mepc" : "=r"(pc));
  set_compare(UINT32_MAX, UINT32_MAX);
  fired = true;
  fired_before = pc;
  target_interrupt_action();
}

/* The run is far shorter than 2^32 ticks, so the high word is zero. */
void target_interrupt_arm(uint32_t ticks) {
  uintptr_t timer = MIE_MTIE;
  fired = false;
  set_compare(MTIME + ticks, 0);
  __asm volatile("csrs mie, %0\n\tcsrsi mstatus, 8" ::"r"(timer) : "memory");
}

bool target_interrupt_disarm(uintptr_t *pc) {
  __asm volatile("csrci mstatus, 8" ::: "memory");
  set_compare(UINT32_MAX, UINT32_MAX);
  *pc = fired_before;
  return fired;
}

static uint32_t half_at(uintptr_t address) { return *(const volatile uint16_t *)address; }

static uintptr_t length_at(uintptr_t pc) { return (half_at(pc) & 3) == 3 ? 4 : 2; }

static bool may_jump(uintptr_t pc) {
  uint32_t half = half_at(pc);
  if (length_at(pc) == 4) {
    uint32_t opcode = half & 0x7f;
    return opcode == 0x63 || opcode == 0x67 || opcode == 0x6f;
  }
  uint32_t quadrant = half & 3;
  uint32_t function = half >> 13;
  if (quadrant == 1)
    return function == 1 || function >= 5;                     /* c.jal, c.j, c.beqz, c.bnez */
  return quadrant == 2 && function == 4 && (half & 0x7c) == 0; /* c.jr, c.jalr */
}

static uint32_t word_at(uintptr_t address) { return half_at(address) | half_at(address + 2) << 16; }

/* The port's own: csrrci rd, mstatus, 8 and csrs mstatus, rs. */
static bool begins_masked_section(uintptr_t pc) {
  return (word_at(pc) & 0xfffff07fu) == 0x30047073u;
}

static bool ends_masked_section(uintptr_t pc) {
  return (word_at(pc - 4) & 0xfff07fffu) == 0x30002073u;
}

bool target_instruction_leads_to(uintptr_t from, uintptr_t to) {
  if (begins_masked_section(from))
    return to == from || ends_masked_section(to);
  return to == from || to == from + length_at(from) || may_jump(from);
}
