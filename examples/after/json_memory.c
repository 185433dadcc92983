#include "json_memory.h"

#include "weir/heap.h"

#include <string.h>

/* free is told a pointer only, and weir wants the layout back: so the size stands before the piece,
 * for this library and no other. */
struct piece {
  _Alignas(8) size_t bytes; /* of the content */
  _Alignas(8) unsigned char content[];
};

static struct weir_heap heap;
static bool active;

static struct weir_layout piece_layout(size_t content) {
  return (struct weir_layout){sizeof(struct piece) + content, _Alignof(struct piece)};
}

static struct piece *piece_of(void *content) {
  return (struct piece *)(void *)((unsigned char *)content - offsetof(struct piece, content));
}

bool json_memory_begin(void *block, size_t bytes) {
  active = weir_heap_init(&heap, block, bytes) == WEIR_OK;
  return active;
}

void json_memory_end(void) { active = false; }

void *json_malloc(size_t bytes) {
  if (!active || bytes > SIZE_MAX - sizeof(struct piece))
    return NULL;
  struct piece *piece = weir_heap_try_alloc(&heap, piece_layout(bytes));
  if (piece == NULL)
    return NULL;
  piece->bytes = bytes;
  return piece->content;
}

void json_free(void *content) {
  if (content == NULL)
    return;
  struct piece *piece = piece_of(content);
  weir_heap_free(&heap, piece, piece_layout(piece->bytes));
}

void *json_realloc(void *content, size_t bytes) {
  void *larger = json_malloc(bytes);
  if (larger == NULL || content == NULL)
    return larger;
  const size_t old = piece_of(content)->bytes;
  memcpy(larger, content, old < bytes ? old : bytes);
  json_free(content);
  return larger;
}
