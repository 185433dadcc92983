/* memcpy, memmove and memset without <string.h>, which a freestanding compiler need not have. The
 * functions themselves every environment has: compilers emit calls of them. */
#ifndef WEIR_SRC_BYTES_H
#define WEIR_SRC_BYTES_H

#include <stddef.h>

static inline void weir_bytes_copy(void *to, const void *from, size_t bytes) {
  if (bytes != 0) /* even for nothing, memcpy wants valid pointers */
    __builtin_memcpy(to, from, bytes);
}

/* The two may overlap. */
static inline void weir_bytes_move(void *to, const void *from, size_t bytes) {
  __builtin_memmove(to, from, bytes);
}

static inline void weir_bytes_clear(void *to, size_t bytes) { __builtin_memset(to, 0, bytes); }

#endif
