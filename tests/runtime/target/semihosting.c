#include "target.h"

#include <stddef.h>
#include <stdint.h>

#define SYS_WRITE0 0x04
#define SYS_EXIT_EXTENDED 0x20
#define ADP_STOPPED_APPLICATION_EXIT 0x20026

__attribute__((aligned(16), noinline)) static void call(uintptr_t operation, const void *argument) {
#ifdef __riscv
  register uintptr_t a0 __asm("a0") = operation;
  register const void *a1 __asm("a1") = argument;
  __asm volatile(".option push\n\t.option norelax\n\t.option norvc\n\t"
                 "slli x0, x0, 0x1f\n\tebreak\n\tsrai x0, x0, 7\n\t.option pop"
                 : "+r"(a0)
                 : "r"(a1)
                 : "memory");
#else
  register uintptr_t r0 __asm("r0") = operation;
  register const void *r1 __asm("r1") = argument;
  __asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
#endif
}

void target_print(const char *text) { call(SYS_WRITE0, text); }

_Noreturn void target_exit(int status) {
  uintptr_t block[2] = {ADP_STOPPED_APPLICATION_EXIT, (uintptr_t)status};
  call(SYS_EXIT_EXTENDED, block);
  for (;;)
    ;
}

/* The compiler may call these even in freestanding code. */
void *memset(void *to, int byte, size_t bytes);
void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
int memcmp(const void *one, const void *other, size_t bytes);

void *memset(void *to, int byte, size_t bytes) {
  for (volatile unsigned char *at = to; bytes != 0; bytes--)
    *at++ = (unsigned char)byte;
  return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t bytes) {
  const unsigned char *source = from;
  for (volatile unsigned char *at = to; bytes != 0; bytes--)
    *at++ = *source++;
  return to;
}

void *memmove(void *to, const void *from, size_t bytes) {
  volatile unsigned char *target = to;
  const unsigned char *source = from;
  for (size_t i = 0; i < bytes; i++) {
    size_t index = target < source ? i : bytes - 1 - i;
    target[index] = source[index];
  }
  return to;
}

int memcmp(const void *one, const void *other, size_t bytes) {
  const unsigned char *left = one;
  const unsigned char *right = other;
  for (size_t i = 0; i < bytes; i++)
    if (left[i] != right[i])
      return left[i] - right[i];
  return 0;
}
