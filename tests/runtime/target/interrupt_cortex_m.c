#include "interrupt.h"

#define SYST_CSR (*(volatile uint32_t *)0xe000e010)
#define SYST_RVR (*(volatile uint32_t *)0xe000e014)
#define SYST_CVR (*(volatile uint32_t *)0xe000e018)
#define ICSR (*(volatile uint32_t *)0xe000ed04)
#define CSR_RUN 7u
#define ICSR_PENDSTCLR (1u << 25)

#define CPSID_I 0xb672u
#define MSR_PRIMASK                                                                                \
  0x8810f380u /* msr primask, r0 as it lies in memory; the register is masked out */

void (*target_interrupt_action)(void);

static volatile bool fired;
static volatile uintptr_t fired_before;

void SysTick_Handler(void);
void target_systick(const uint32_t *frame);

__attribute__((naked)) void SysTick_Handler(void) {
  __asm volatile("mov r0, sp\n\tldr r1, =target_systick\n\tbx r1");
}

__attribute__((used)) void target_systick(const uint32_t *frame) {
  SYST_CSR = 0;
  ICSR = ICSR_PENDSTCLR;
  fired = true;
  fired_before = frame[6];
  target_interrupt_action();
}

void target_interrupt_arm(uint32_t ticks) {
  fired = false;
  SYST_CSR = 0;
  SYST_RVR = ticks;
  SYST_CVR = 0;
  SYST_CSR = CSR_RUN;
}

bool target_interrupt_disarm(uintptr_t *pc) {
  SYST_CSR = 0;
  ICSR = ICSR_PENDSTCLR;
  __asm volatile("dsb\n\tisb" ::: "memory");
  *pc = fired_before;
  return fired;
}

static uint32_t half_at(uintptr_t address) { return *(const volatile uint16_t *)address; }

static uintptr_t length_at(uintptr_t pc) { return half_at(pc) >> 11 >= 0x1d ? 4 : 2; }

static bool may_jump(uintptr_t pc) {
  uint32_t first = half_at(pc);
  if (length_at(pc) == 4) {
    uint32_t second = half_at(pc + 2);
    bool branch = first >> 11 == 0x1e && second >> 15 == 1;
    bool load_multiple = (first & 0xfe50) == 0xe810 && second >> 15 == 1;
    bool table = (first & 0xfff0) == 0xe8d0 && (second & 0xffe0) == 0xf000;
    bool load_pc = (first & 0xff70) == 0xf850 && second >> 12 == 15;
    return branch || load_multiple || table || load_pc;
  }
  return first >> 12 == 0xd || first >> 11 == 0x1c || (first & 0xf500) == 0xb100 ||
         first >> 8 == 0x47 || first >> 8 == 0xbd || (first & 0xff87) == 0x4687;
}

static bool ends_masked_section(uintptr_t pc) {
  uint32_t word = half_at(pc - 4) | half_at(pc - 2) << 16;
  return (word & 0xfffffff0u) == MSR_PRIMASK;
}

bool target_instruction_leads_to(uintptr_t from, uintptr_t to) {
  if (half_at(from) == CPSID_I)
    return to == from || ends_masked_section(to);
  return to == from || to == from + length_at(from) || may_jump(from);
}
