/* What the tests ask of a machine without an operating system: semihosting, as QEMU serves it. */
#ifndef WEIR_TESTS_TARGET_H
#define WEIR_TESTS_TARGET_H

void target_print(const char *text);
_Noreturn void target_exit(int status);

#endif
