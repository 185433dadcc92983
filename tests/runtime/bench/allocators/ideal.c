#include "ideal.h"

#include <stdint.h>

#define ALIGN 8u
#define HOLES_MAX (1u << 17) /* one for each of the smallest blocks of the largest arena */

struct hole {
  uint32_t start;
  uint32_t size;
};

/* In the order of their places, none beside another. */
static struct hole holes[HOLES_MAX];
static uint32_t count;
static unsigned char *base;

static uint32_t rounded(size_t size) { return (uint32_t)((size + ALIGN - 1) / ALIGN * ALIGN); }

static void remove_at(uint32_t index) {
  count--;
  for (uint32_t i = index; i < count; i++)
    holes[i] = holes[i + 1];
}

static void insert_at(uint32_t index, struct hole hole) {
  for (uint32_t i = count; i > index; i--)
    holes[i] = holes[i - 1];
  holes[index] = hole;
  count++;
}

/* The first hole behind a place. */
static uint32_t find(uint32_t start) {
  uint32_t low = 0;
  uint32_t high = count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (holes[middle].start < start)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

bool ideal_start(void *arena, size_t bytes) {
  base = arena;
  holes[0] = (struct hole){0, (uint32_t)(bytes / ALIGN * ALIGN)};
  count = 1;
  return true;
}

void *ideal_alloc(size_t size) {
  uint32_t wanted = rounded(size);
  uint32_t best = count;
  for (uint32_t i = 0; i < count; i++)
    if (holes[i].size >= wanted && (best == count || holes[i].size < holes[best].size))
      best = i;
  if (best == count)
    return NULL;
  unsigned char *block = base + holes[best].start;
  holes[best].start += wanted;
  holes[best].size -= wanted;
  if (holes[best].size == 0)
    remove_at(best);
  return block;
}

void ideal_free(void *pointer, size_t size) {
  struct hole hole = {(uint32_t)((unsigned char *)pointer - base), rounded(size)};
  uint32_t next = find(hole.start);
  if (next < count && holes[next].start == hole.start + hole.size) {
    hole.size += holes[next].size;
    remove_at(next);
  }
  if (next > 0 && holes[next - 1].start + holes[next - 1].size == hole.start)
    holes[next - 1].size += hole.size;
  else
    insert_at(next, hole);
}
