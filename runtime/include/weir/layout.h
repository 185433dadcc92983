/* What a block must look like: its size and its alignment, known where it is asked for and where
 * it is given back. Handing the layout back is what lets a live block go without a header. */
#ifndef WEIR_LAYOUT_H
#define WEIR_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A size in bytes and an alignment, a power of two. Size 0 is legal and gives a smallest block. */
struct weir_layout {
  size_t size;
  size_t align;
};

/* The layout of one object of a type. */
#define WEIR_LAYOUT_OF(type) ((struct weir_layout){sizeof(type), _Alignof(type)})

/* The layout of `count` elements, each laid out as `element`. False, and `*out` untouched, when the
 * size does not fit a size_t. Pure, any context, O(1). */
static inline bool weir_layout_array(struct weir_layout element, size_t count,
                                     struct weir_layout *out) {
  if (element.size != 0 && count > SIZE_MAX / element.size)
    return false;
  out->size = element.size * count;
  out->align = element.align;
  return true;
}

/* Whether the alignment is one: a power of two. Pure, any context, O(1). */
static inline bool weir_layout_is_valid(struct weir_layout layout) {
  return layout.align != 0 && (layout.align & (layout.align - 1)) == 0;
}

#endif
