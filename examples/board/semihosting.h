/* Semihosting: the debugger's, here QEMU's, services to a Cortex-M program.
 * Arm, "Semihosting for AArch32 and AArch64", 2.0. */
#ifndef EXAMPLES_SEMIHOSTING_H
#define EXAMPLES_SEMIHOSTING_H

#include <stdint.h>
#include <stdnoreturn.h>

enum { SEMIHOSTING_WRITEC = 0x03, SEMIHOSTING_EXIT_EXTENDED = 0x20 };
enum { SEMIHOSTING_APPLICATION_EXIT = 0x20026 };

static inline uintptr_t semihosting_call(uintptr_t operation, const void *argument) {
  register uintptr_t r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

static inline void semihosting_write(char character) {
  semihosting_call(SEMIHOSTING_WRITEC, &character);
}

/* Ends the program; the process that runs it exits with `status`. */
static inline noreturn void semihosting_exit(int status) {
  const uintptr_t block[2] = {SEMIHOSTING_APPLICATION_EXIT, (uintptr_t)status};
  for (;;)
    semihosting_call(SEMIHOSTING_EXIT_EXTENDED, block);
}

#endif
