/* Writes down what a program does to its heap: LD_PRELOAD=interposer.so RECORD_TO=file program.
 * Records lie in one array until the program ends, so that recording allocates nothing. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *pointer, size_t size);
extern void __libc_free(void *pointer);

#define EVENTS_MAX (1u << 20)

struct event {
  const void *freed;
  const void *allocated;
  size_t size;
};

static struct event events[EVENTS_MAX];
static size_t event_count;

static void note(const void *freed, const void *allocated, size_t size) {
  if (event_count == EVENTS_MAX)
    abort();
  events[event_count++] = (struct event){freed, allocated, size};
}

void *malloc(size_t size) {
  void *pointer = __libc_malloc(size);
  note(NULL, pointer, size);
  return pointer;
}

void *calloc(size_t count, size_t size) {
  void *pointer = __libc_calloc(count, size);
  note(NULL, pointer, count * size);
  return pointer;
}

void *realloc(void *pointer, size_t size) {
  void *moved = __libc_realloc(pointer, size);
  note(pointer, size == 0 ? NULL : moved, size);
  return moved;
}

void free(void *pointer) {
  if (pointer != NULL)
    note(pointer, NULL, 0);
  __libc_free(pointer);
}

__attribute__((destructor)) static void write_down(void) {
  size_t count = event_count;
  const char *path = getenv("RECORD_TO");
  FILE *file = path != NULL ? fopen(path, "w") : NULL;
  if (file == NULL)
    abort();
  for (size_t i = 0; i < count; i++)
    (void)fprintf(file, "%p %p %zu\n", events[i].freed, events[i].allocated, events[i].size);
  (void)fclose(file);
}
