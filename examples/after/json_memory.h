/* Memory for one run of cJSON: a heap inside a block that was waited for.
 *
 * cJSON is synchronous and cannot wait. So the task waits first, for a block that is enough for a
 * message, and cJSON then takes its pieces from inside it; the C heap is out of the game. A message
 * that needs more gets a clean NULL, which cJSON handles.
 */
#ifndef EXAMPLES_JSON_MEMORY_H
#define EXAMPLES_JSON_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* From here to json_memory_end, cJSON takes memory from this block. False when it is too small to
 * hold anything. Task only; not nested. */
bool json_memory_begin(void *block, size_t bytes);

/* The end: every piece is gone with the block. */
void json_memory_end(void);

/* What cJSON is compiled to call instead of malloc, free and realloc. */
void *json_malloc(size_t bytes);
void json_free(void *piece);
void *json_realloc(void *piece, size_t bytes);

#endif
