/* An interrupt at a chosen instruction. Under QEMU's -icount an instruction takes a fixed time, at
 * least one tick of the timer, so that arming it for 1, 2, 3 ... ticks hits every instruction in
 * turn. What the machine does inside one instruction, and its bus, are not modelled. */
#ifndef WEIR_TESTS_INTERRUPT_H
#define WEIR_TESTS_INTERRUPT_H

#include <stdbool.h>
#include <stdint.h>

/* Called in the interrupt, once for each time it was armed. */
extern void (*target_interrupt_action)(void);

void target_interrupt_arm(uint32_t ticks);

/* Disarm. True when the interrupt had come; `*pc` is then the instruction that it came before. */
bool target_interrupt_disarm(uintptr_t *pc);

/* Whether an interrupt may come before `to` right after it may come before `from`: because the one
 * follows the other, because `from` may jump, or because what lies between runs with interrupts
 * masked. A sweep whose every step passes has left no instruction out. */
bool target_instruction_leads_to(uintptr_t from, uintptr_t to);

#endif
