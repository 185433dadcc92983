/* A growable text on a heap: UTF-8, with room for the NUL behind it that its length does not count.
 *
 *   weir_string_init(&self->line, &heap);
 *   WEIR_AWAIT_APPEND(task, &self->growth, &self->line, "temperature ", 12);
 *   send(weir_string_text(&self->line));
 *   weir_string_drop(&self->line);
 *
 * What is appended is not looked at: it is the caller's to be UTF-8. What is cut off is cut between
 * characters, never inside one. Whatever is appended or inserted lies outside the string.
 *
 * All is task only, but for what is said of weir_string_drop. A text is good until the next call
 * that may change it.
 */
#ifndef WEIR_STRING_H
#define WEIR_STRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/vec.h"

/* All members are the library's. */
struct weir_string {
  struct weir_vec bytes; /* the text without its NUL, for which there is room if there is memory */
};

/* Makes an empty string that holds no memory yet. The heap must outlive it. O(1). */
void weir_string_init(struct weir_string *string, struct weir_heap *heap);

/* Gives the memory back and leaves an empty string. Any context, if nobody else uses it. O(1). */
void weir_string_drop(struct weir_string *string);

/* The text, terminated by a NUL; "" of an empty one. O(1). */
const char *weir_string_text(const struct weir_string *string);

/* Bytes, without the NUL. O(1). */
static inline size_t weir_string_length(const struct weir_string *string) {
  return string->bytes.length;
}

/* Whether the text is this one. O(length). */
bool weir_string_equals(const struct weir_string *string, const char *text, size_t length);

/* Appends `length` bytes if there is room; or grows for them now. False, and nothing is changed,
 * when there is none. O(length). */
bool weir_string_append_within_capacity(struct weir_string *string, const char *text,
                                        size_t length);
bool weir_string_try_append(struct weir_string *string, const char *text, size_t length);

/* The same for one character, a Unicode scalar value: at most 4 bytes. False for what is none. */
bool weir_string_push_within_capacity(struct weir_string *string, uint32_t character);
bool weir_string_try_push(struct weir_string *string, uint32_t character);

/* Inserts `length` bytes before byte `index`, which begins a character or is the length. False,
 * and nothing is changed, where it does neither and where there is no room. O(bytes behind it). */
bool weir_string_insert_within_capacity(struct weir_string *string, size_t index, const char *text,
                                        size_t length);

/* Takes the last character off. False, and `*out` untouched, when there is none. What is not UTF-8
 * comes off a byte at a time, as the character U+FFFD. O(1). */
bool weir_string_pop(struct weir_string *string, uint32_t *out);

/* Cuts to `length` bytes at most, between characters. O(1). */
void weir_string_truncate(struct weir_string *string, size_t length);

/* Gives back the memory beyond the text. Never fails. O(1). */
void weir_string_shrink_to_fit(struct weir_string *string);

/* Makes room for `additional` more bytes, now. As weir_vec_try_reserve. */
bool weir_string_try_reserve(struct weir_string *string, size_t additional);

/* The same, awaited: see weir/growth.h and weir_vec_reserve_start. */
enum weir_poll weir_string_reserve_start(struct weir_growth *growth, struct weir_string *string,
                                         size_t additional, const struct weir_waker *waker);

/* For a task of weir/task.h: grows, waiting for memory if it must, and appends. `text` and `length`
 * are read after the wait. Where the string can never be so long nothing is appended, and the
 * length tells. */
#define WEIR_AWAIT_APPEND(task, growth, string, text, length)                                      \
  do {                                                                                             \
    (void)weir_string_reserve_start(growth, string, length, &(task)->waker);                       \
    WEIR_AWAIT(task, weir_growth_poll(growth));                                                    \
    (void)weir_string_append_within_capacity(string, text, length);                                \
  } while (0)

#endif
