/* A vec, a queue, a map and a string on one small heap against plain arrays, steered by a script of
 * bytes: whatever comes first, the elements are those of the arrays, each is destroyed once, and
 * at the end the heap is whole. */
#ifndef WEIR_TESTS_COLLECTIONS_MODEL_H
#define WEIR_TESTS_COLLECTIONS_MODEL_H

#include <stddef.h>

void model_run(const unsigned char *script, size_t size);

#endif
