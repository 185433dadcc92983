#include "libc_sbrk.h"

#include <stdint.h>

static char *arena_next;
static char *arena_end;

/* What these libraries know between two calls of malloc, and forget when the arena is new. */
extern void *__malloc_free_list;
extern void *__malloc_sbrk_start;
#ifdef __PICOLIBC__
extern void *__malloc_sbrk_top;
#endif

bool libc_start(void *arena, size_t bytes) {
  arena_next = arena;
  arena_end = arena_next + bytes;
  __malloc_free_list = NULL;
  __malloc_sbrk_start = NULL;
#ifdef __PICOLIBC__
  __malloc_sbrk_top = NULL;
#endif
  return true;
}

static void *extend(ptrdiff_t bytes) {
  if (bytes > arena_end - arena_next)
    return (void *)-1; /* NOLINT: what sbrk has always answered */
  char *start = arena_next;
  arena_next += bytes;
  return start;
}

/* In the place of the library's own. */
#ifdef __PICOLIBC__
void *sbrk(ptrdiff_t bytes) { return extend(bytes); }
#else
struct _reent;
void *_sbrk_r(struct _reent *reent, ptrdiff_t bytes);
void *_sbrk_r(struct _reent *reent, ptrdiff_t bytes) {
  (void)reent;
  return extend(bytes);
}
#endif
