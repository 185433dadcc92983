/* What a container must know of the type it holds. */
#ifndef WEIR_TYPE_H
#define WEIR_TYPE_H

#include "weir/layout.h"

/* A layout, and what is to be done before an object's memory goes back: NULL is nothing. The
 * function is called once for each object that the container still owns, from the context of the
 * call that destroys. */
struct weir_type {
  struct weir_layout layout;
  void (*destroy)(void *object);
};

/* An initialiser: static const struct weir_type frame_type = WEIR_TYPE_OF(struct frame,
 * frame_destroy); */
#define WEIR_TYPE_OF(type, destroy) {{sizeof(type), _Alignof(type)}, (destroy)}

#endif
