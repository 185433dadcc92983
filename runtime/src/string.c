#include "weir/string.h"

#include "bytes.h"

static const struct weir_type byte_type = WEIR_TYPE_OF(char, NULL);

static char *at(const struct weir_string *string, size_t index) {
  return (char *)string->bytes.items + index;
}

/* Room for so many more bytes, and the NUL. */
static size_t with_nul(size_t additional) {
  return additional == SIZE_MAX ? SIZE_MAX : additional + 1;
}

static bool has_room(const struct weir_string *string, size_t additional) {
  return string->bytes.capacity - string->bytes.length >= with_nul(additional);
}

void weir_string_init(struct weir_string *string, struct weir_heap *heap) {
  weir_vec_init(&string->bytes, heap, &byte_type);
}

void weir_string_drop(struct weir_string *string) { weir_vec_drop(&string->bytes); }

/* The NUL is written when somebody looks: growth moves the text without it. */
const char *weir_string_text(const struct weir_string *string) {
  if (string->bytes.length == 0)
    return "";
  *at(string, string->bytes.length) = '\0';
  return at(string, 0);
}

bool weir_string_equals(const struct weir_string *string, const char *text, size_t length) {
  return string->bytes.length == length &&
         (length == 0 || __builtin_memcmp(at(string, 0), text, length) == 0);
}

bool weir_string_append_within_capacity(struct weir_string *string, const char *text,
                                        size_t length) {
  return has_room(string, length) && weir_vec_append_within_capacity(&string->bytes, text, length);
}

bool weir_string_try_append(struct weir_string *string, const char *text, size_t length) {
  return weir_string_try_reserve(string, length) &&
         weir_string_append_within_capacity(string, text, length);
}

/* ---- characters: RFC 3629 ---- */

/* The bytes of a character, or 0 for what is no scalar value. */
static size_t encode(uint32_t character, char bytes[4]) {
  static const unsigned char first_byte[] = {0, 0x00, 0xc0, 0xe0, 0xf0};
  size_t length = 1;
  if (character > 0x10ffff || (character >= 0xd800 && character < 0xe000))
    return 0;
  length += character >= 0x80;
  length += character >= 0x800;
  length += character >= 0x10000;
  for (size_t i = length; --i != 0; character >>= 6)
    bytes[i] = (char)(0x80 | (character & 0x3f));
  bytes[0] = (char)(first_byte[length] | character);
  return length;
}

static bool continues(char byte) { return ((unsigned char)byte & 0xc0) == 0x80; }

static bool begins_character(const struct weir_string *string, size_t index) {
  return index == string->bytes.length ||
         (index < string->bytes.length && !continues(*at(string, index)));
}

bool weir_string_push_within_capacity(struct weir_string *string, uint32_t character) {
  char bytes[4];
  size_t length = encode(character, bytes);
  return length != 0 && weir_string_append_within_capacity(string, bytes, length);
}

bool weir_string_try_push(struct weir_string *string, uint32_t character) {
  char bytes[4];
  size_t length = encode(character, bytes);
  return length != 0 && weir_string_try_append(string, bytes, length);
}

bool weir_string_insert_within_capacity(struct weir_string *string, size_t index, const char *text,
                                        size_t length) {
  if (!begins_character(string, index) || !has_room(string, length))
    return false;
  weir_bytes_move(at(string, index + length), at(string, index), string->bytes.length - index);
  weir_bytes_copy(at(string, index), text, length);
  string->bytes.length += length;
  return true;
}

/* The character that these bytes, up to 4 of them, are, if they are exactly one. */
static bool decode(const char *bytes, size_t length, uint32_t *out) {
  static const unsigned char mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
  uint32_t character = (unsigned char)bytes[0] & mask[length];
  char again[4];
  for (size_t i = 1; i < length; i++)
    character = character << 6 | ((unsigned char)bytes[i] & 0x3f);
  if (encode(character, again) != length || again[0] != bytes[0])
    return false;
  *out = character;
  return true;
}

bool weir_string_pop(struct weir_string *string, uint32_t *out) {
  size_t length = 1;
  if (string->bytes.length == 0)
    return false;
  while (length < 4 && length < string->bytes.length &&
         continues(*at(string, string->bytes.length - length)))
    length++;
  if (!decode(at(string, string->bytes.length - length), length, out)) {
    length = 1;
    *out = 0xfffd;
  }
  string->bytes.length -= length;
  return true;
}

void weir_string_truncate(struct weir_string *string, size_t length) {
  if (length >= string->bytes.length)
    return;
  for (unsigned back = 0; back < 3 && length != 0 && !begins_character(string, length); back++)
    length--;
  string->bytes.length = length;
}

/* The NUL counts as an element meanwhile, or its byte would go too. */
void weir_string_shrink_to_fit(struct weir_string *string) {
  size_t nul = string->bytes.length != 0;
  string->bytes.length += nul;
  weir_vec_shrink_to_fit(&string->bytes);
  string->bytes.length -= nul;
}

bool weir_string_try_reserve(struct weir_string *string, size_t additional) {
  return weir_vec_try_reserve(&string->bytes, with_nul(additional));
}

enum weir_poll weir_string_reserve_start(struct weir_growth *growth, struct weir_string *string,
                                         size_t additional, const struct weir_waker *waker) {
  return weir_vec_reserve_start(growth, &string->bytes, with_nul(additional), waker);
}
