#include "weir/reserve.h"

#include "bytes.h"
#include "weir/fatal.h"

/* Of posix_memalign, as POSIX and the C libraries number them. */
#define ERROR_NO_MEMORY 12
#define ERROR_INVALID 22

void weir_reserve_enter(struct weir_reserve_slot *slot, struct weir_reserve *reserve) {
  reserve->shadowed = slot->current;
  slot->current = reserve;
}

void weir_reserve_leave(struct weir_reserve_slot *slot) { slot->current = slot->current->shadowed; }

static void *outside(struct weir_reserve_slot *slot) {
  slot->outside++;
  return NULL;
}

static bool holds(const struct weir_reserve *reserve, const void *pointer) {
  return (uintptr_t)pointer - (uintptr_t)reserve->low < reserve->top;
}

/* Which of those that have entered a piece belongs to: the innermost, should one lie in another. */
static struct weir_reserve *owner(const struct weir_reserve_slot *slot, const void *pointer) {
  struct weir_reserve *reserve = slot->current;
  while (reserve != NULL && !holds(reserve, pointer))
    reserve = reserve->shadowed;
  if (reserve == NULL)
    weir_fatal(WEIR_FATAL_FOREIGN, pointer);
  return reserve;
}

void *weir_reserve_slot_alloc(struct weir_reserve_slot *slot, size_t size) {
  return slot->current == NULL ? outside(slot) : weir_reserve_alloc(slot->current, size);
}

void *weir_reserve_slot_calloc(struct weir_reserve_slot *slot, size_t count, size_t size) {
  return slot->current == NULL ? outside(slot) : weir_reserve_calloc(slot->current, count, size);
}

void *weir_reserve_slot_realloc(struct weir_reserve_slot *slot, void *pointer, size_t size) {
  if (pointer == NULL)
    return weir_reserve_slot_alloc(slot, size);
  return weir_reserve_realloc(owner(slot, pointer), pointer, size);
}

void *weir_reserve_slot_reallocarray(struct weir_reserve_slot *slot, void *pointer, size_t count,
                                     size_t size) {
  if (size != 0 && count > SIZE_MAX / size)
    return weir_reserve_slot_calloc(slot, count, size);
  return weir_reserve_slot_realloc(slot, pointer, count * size);
}

void *weir_reserve_slot_aligned_alloc(struct weir_reserve_slot *slot, size_t align, size_t size) {
  if (slot->current == NULL)
    return outside(slot);
  return weir_reserve_aligned_alloc(slot->current, align, size);
}

int weir_reserve_slot_posix_memalign(struct weir_reserve_slot *slot, void **out, size_t align,
                                     size_t size) {
  void *pointer;
  if (align % sizeof(void *) != 0 || !weir_layout_is_valid((struct weir_layout){size, align}))
    return ERROR_INVALID;
  pointer = weir_reserve_slot_aligned_alloc(slot, align, size);
  if (pointer == NULL)
    return ERROR_NO_MEMORY;
  *out = pointer;
  return 0;
}

char *weir_reserve_slot_strndup(struct weir_reserve_slot *slot, const char *text, size_t max) {
  size_t length = 0;
  char *copy;
  while (length < max && text[length] != '\0')
    length++;
  copy = weir_reserve_slot_alloc(slot, length + 1);
  if (copy == NULL)
    return NULL;
  weir_bytes_copy(copy, text, length);
  copy[length] = '\0';
  return copy;
}

size_t weir_reserve_slot_usable_size(struct weir_reserve_slot *slot, const void *pointer) {
  return pointer == NULL ? 0 : weir_reserve_usable_size(owner(slot, pointer), pointer);
}

void weir_reserve_slot_free(struct weir_reserve_slot *slot, void *pointer) {
  if (pointer != NULL)
    weir_reserve_free(owner(slot, pointer), pointer);
}
