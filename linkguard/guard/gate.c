/* Compile it with the firmware, -ffunction-sections as all the rest, and link with the flags that
 * `linkguard flags` writes for a policy that allows malloc_at_init. */
#include "linkguard_gate.h"

#include <stdint.h>
#include <stdlib.h>

/* One byte, written once: a plain load and store on every core. */
static volatile unsigned char sealed;

/* newlib's malloc itself calls _malloc_r, which is banned too: there the gate goes past both.
 * A library's realloc calls its own malloc, which is refused; so there is none here. */
#if defined(__NEWLIB__) && !defined(__PICOLIBC__)
#include <reent.h>
void *__real__malloc_r(struct _reent *state, size_t size);
#define TAKE(size) __real__malloc_r(_REENT, size)
#else
void *__real_malloc(size_t size);
#define TAKE(size) __real_malloc(size)
#endif

__attribute__((weak)) void linkguard_sealed_call(size_t size, const void *caller) {
  (void)size, (void)caller;
}

static void check(size_t size, const void *caller) {
  if (sealed) {
    linkguard_sealed_call(size, caller);
    __builtin_trap();
  }
}

void linkguard_seal(void) { sealed = 1; }

/* noinline: the policy allows these functions by name, so the names must stay in the image. */
__attribute__((noinline)) void *malloc_at_init(size_t size) {
  check(size, __builtin_return_address(0));
  return TAKE(size);
}

__attribute__((noinline)) void *calloc_at_init(size_t count, size_t size) {
  check(count * size, __builtin_return_address(0));
  if (size && count > SIZE_MAX / size)
    return NULL;
  volatile unsigned char *block = TAKE(count * size);
  for (size_t i = 0; block && i < count * size; i++)
    block[i] = 0;
  return (void *)block;
}
