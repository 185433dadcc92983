// Memory of a program that may not call malloc: handed out in a row, given back never.
#ifndef WEIR_CORPORA_POOL_H
#define WEIR_CORPORA_POOL_H

#include <stddef.h>

/// size bytes aligned for anything, or NULL when the pool has too few left.
void *pool_take(size_t size);

#endif
