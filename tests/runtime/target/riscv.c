/* Startup for QEMU's RISC-V virt machine: everything is loaded to RAM, so only the stack, the
 * global pointer and the trap vector need setting up. */
#include "target.h"

#include <stdint.h>

int main(void);
void target_start(void);
void target_trap(void);

__attribute__((naked, section(".start"), used)) void _start(void);
void _start(void) {
  __asm volatile(".option push\n\t.option norelax\n\tla gp, __global_pointer$\n\t.option pop\n\t"
                 "la sp, __stack_top\n\tla t0, target_trap\n\tcsrw mtvec, t0\n\tj target_start");
}

__attribute__((weak, interrupt("machine"), aligned(4))) void target_trap(void) {
  target_print("unexpected trap\n");
  target_exit(2);
}

void target_start(void) { target_exit(main()); }
