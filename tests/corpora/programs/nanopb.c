// A message goes into a buffer and back; fields of every storage. Without NOMALLOC two of them are
// pointers that the decoder allocates.
#include "pb_decode.h"
#include "pb_encode.h"

#include <string.h>

typedef struct {
  int32_t x, y;
} Point;
#define Point_FIELDLIST(X, a)                                                                      \
  X(a, STATIC, REQUIRED, INT32, x, 1)                                                              \
  X(a, STATIC, REQUIRED, SINT32, y, 2)
#define Point_CALLBACK NULL
#define Point_DEFAULT NULL
PB_BIND(Point, Point, AUTO)
#define Point_MSGTYPE Point

typedef struct {
  bool has_count;
  uint32_t count;
  pb_size_t points_count;
  Point points[4];
  pb_callback_t names;
#ifdef NOMALLOC
  char text[16];
  bool has_origin;
  Point origin;
#else
  char *text;
  Point *origin;
#endif
} Shape;
#ifdef NOMALLOC
#define LAST_FIELDS(X, a)                                                                          \
  X(a, STATIC, REQUIRED, STRING, text, 4)                                                          \
  X(a, STATIC, OPTIONAL, MESSAGE, origin, 5)
#else
#define LAST_FIELDS(X, a)                                                                          \
  X(a, POINTER, REQUIRED, STRING, text, 4)                                                         \
  X(a, POINTER, OPTIONAL, MESSAGE, origin, 5)
#endif
#define Shape_FIELDLIST(X, a)                                                                      \
  X(a, STATIC, OPTIONAL, UINT32, count, 1)                                                         \
  X(a, STATIC, REPEATED, MESSAGE, points, 2)                                                       \
  X(a, CALLBACK, REPEATED, STRING, names, 3)                                                       \
  LAST_FIELDS(X, a)
#define Shape_CALLBACK pb_default_field_callback
#define Shape_DEFAULT NULL
#define Shape_points_MSGTYPE Point
#define Shape_origin_MSGTYPE Point
PB_BIND(Shape, Shape, AUTO)

static bool put_names(pb_ostream_t *out, const pb_field_t *field, void *const *arg) {
  (void)arg;
  return pb_encode_tag_for_field(out, field) && pb_encode_string(out, (const pb_byte_t *)"one", 3);
}

static bool get_name(pb_istream_t *in, const pb_field_t *field, void **arg) {
  (void)field;
  pb_byte_t text[8];
  *(size_t *)*arg += in->bytes_left;
  return in->bytes_left <= sizeof text && pb_read(in, text, in->bytes_left);
}

static size_t put(pb_byte_t *buffer, size_t size) {
  Shape shape = {.has_count = true, .count = 300, .points_count = 2, .points = {{1, -2}, {3, -4}}};
  shape.names.funcs.encode = put_names;
#ifdef NOMALLOC
  strcpy(shape.text, "a shape");
#else
  char text[] = "a shape";
  Point origin = {5, 6};
  shape.text = text;
  shape.origin = &origin;
#endif
  pb_ostream_t out = pb_ostream_from_buffer(buffer, size);
  return pb_encode(&out, &Shape_msg, &shape) ? out.bytes_written : 0;
}

int main(void) {
  pb_byte_t buffer[128];
  size_t size = put(buffer, sizeof buffer), seen = 0;
  Shape shape = {.names = {.funcs.decode = get_name, .arg = &seen}};
  pb_istream_t in = pb_istream_from_buffer(buffer, size);
  bool good = size && pb_decode(&in, &Shape_msg, &shape) && seen == 3 && shape.points[1].y == -4 &&
              !strcmp(shape.text, "a shape");
#ifndef NOMALLOC
  pb_release(&Shape_msg, &shape);
#endif
  pb_istream_t cut = pb_istream_from_buffer(buffer, size - 1);
  return !good || pb_decode(&cut, &Shape_msg, &shape);
}
