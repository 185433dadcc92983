#include "pool.h"

#include <stdalign.h>

enum { POOL_SIZE = 1 << 22, POOL_ALIGN = alignof(max_align_t) };

void *pool_take(size_t size) {
  static alignas(max_align_t) unsigned char pool[POOL_SIZE];
  static size_t taken;
  size_t rounded = (size + POOL_ALIGN - 1) / POOL_ALIGN * POOL_ALIGN;
  if (rounded < size || rounded > POOL_SIZE - taken)
    return NULL;
  void *block = &pool[taken];
  taken += rounded;
  return block;
}
