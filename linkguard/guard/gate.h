/* The sealed gate: memory from the heap while the system starts, a trap afterwards.
 *
 * The guard turns every reference to malloc into one that does not link. These two functions
 * are the one way around it, by the names that the linker's --wrap leaves for that: a call to
 * them is visible in the source, and after linkguard_seal() it ends the program.
 *
 * Context: task only, all of it, and only one task until the system is sealed. */
#ifndef LINKGUARD_GATE_H
#define LINKGUARD_GATE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* `size` bytes from the C library's heap, or NULL when it has none left; the caller owns them and
 * may give them back with free(). After the seal the call does not return. */
void *malloc_at_init(size_t size);

/* The same for `count` objects of `size` bytes, all zero; NULL also when the product overflows. */
void *calloc_at_init(size_t count, size_t size);

/* From here on every call of the two functions above ends in linkguard_sealed_call(). There is
 * no way back, and sealing twice is the same as once. */
void linkguard_seal(void);

/* The hook: called with what was asked for by whoever calls after the seal, and the address it
 * returns to. Define it to log or to reset; the default does nothing. When it returns, the
 * program traps (an undefined instruction: a fault on every core, SIGILL on a host). */
void linkguard_sealed_call(size_t size, const void *caller);

#ifdef __cplusplus
}
#endif

#endif
