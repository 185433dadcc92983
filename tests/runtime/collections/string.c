/* A string: always terminated, cut between characters only, grown by waiting. */
#include "weir/string.h"

#include "weir/task.h"

#include "full.h"

static struct weir_string string;

static void setup(unsigned units_free) {
  full_setup(units_free);
  weir_string_init(&string, &at.heap);
}

static void teardown(void) {
  weir_string_drop(&string);
  CHECK_EQUAL(weir_string_length(&string), 0);
  full_end();
}

static size_t length_of(const char *text) {
  size_t length = 0;
  while (text[length] != '\0')
    length++;
  return length;
}

/* The text, its length, and the NUL behind it. */
static void expect(const char *text) {
  size_t length = length_of(text);
  CHECK_EQUAL(weir_string_length(&string), length);
  CHECK(weir_string_equals(&string, text, length));
  CHECK_EQUAL(length_of(weir_string_text(&string)), length);
}

static bool append(const char *text) {
  return weir_string_try_append(&string, text, length_of(text));
}

static void a_string_grows_and_is_terminated(void) {
  setup(8);
  expect("");
  CHECK(append("we"));
  expect("we");
  CHECK(append("ir holds water back"));
  expect("weir holds water back");
  CHECK(append(""));
  CHECK(!weir_string_equals(&string, "weir holds water bacK", 21));
  CHECK(!weir_string_equals(&string, "weir", 4));
  teardown();
  expect("");
}

static void nothing_is_appended_without_room(void) {
  char text[300];
  setup(1);
  CHECK(!weir_string_append_within_capacity(&string, "a", 1));
  CHECK(!weir_string_append_within_capacity(&string, "", 0));
  CHECK(append("0123456789"));
  for (unsigned i = 0; i < sizeof text; i++)
    text[i] = 'x';
  CHECK(!weir_string_try_append(&string, text, sizeof text));
  CHECK(!weir_string_try_reserve(&string, SIZE_MAX));
  CHECK(!weir_string_try_reserve(&string, SIZE_MAX - 1));
  expect("0123456789");
  CHECK(weir_string_try_reserve(&string, 53));
  CHECK(weir_string_append_within_capacity(&string, text, 53));
  CHECK(!weir_string_append_within_capacity(&string, text, 1));
  CHECK_EQUAL(length_of(weir_string_text(&string)), 63);
  teardown();
}

static void a_string_is_full_with_its_nul(void) {
  setup(1);
  CHECK(weir_string_try_reserve(&string, 3));
  weir_string_shrink_to_fit(&string);
  CHECK(append("abc"));
  weir_string_shrink_to_fit(&string);
  expect("abc");
  CHECK_EQUAL(string.bytes.capacity, 4);
  CHECK(!weir_string_append_within_capacity(&string, "d", 1));
  expect("abc");
  weir_string_truncate(&string, 0);
  weir_string_shrink_to_fit(&string);
  expect("");
  CHECK(string.bytes.items == NULL);
  teardown();
}

static void characters_are_encoded(void) {
  static const uint32_t characters[] = {0x24,   0x7f,   0x80,   0xa3,   0x7ff,   0x800,
                                        0x20ac, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff};
  uint32_t out;
  setup(4);
  for (unsigned i = 0; i < 12; i++)
    CHECK(weir_string_try_push(&string, characters[i]));
  CHECK_EQUAL(weir_string_length(&string), 2 * 1 + 3 * 2 + 5 * 3 + 2 * 4);
  for (unsigned i = 12; i-- > 0;) {
    CHECK(weir_string_pop(&string, &out));
    CHECK_EQUAL(out, characters[i]);
  }
  CHECK(!weir_string_pop(&string, &out));
  CHECK(!weir_string_try_push(&string, 0xd800));
  CHECK(!weir_string_try_push(&string, 0xdfff));
  CHECK(!weir_string_try_push(&string, 0x110000));
  CHECK(weir_string_push_within_capacity(&string, 0x20ac));
  expect("\xe2\x82\xac");
  teardown();
}

static void what_is_not_utf8_comes_off_in_bytes(void) {
  static const char *const broken[] = {"\x80", "\xc3", "\xe2\x82", "\xf0\x9f\x98", "\xff",
                                       /* too long for what it is, and a surrogate */
                                       "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80",
                                       "\xf4\x90\x80\x80"};
  setup(1);
  for (unsigned i = 0; i < 9; i++) {
    size_t bytes = length_of(broken[i]);
    uint32_t out = 0;
    CHECK(append("a"));
    CHECK(append(broken[i]));
    for (size_t byte = 0; byte < bytes; byte++) {
      CHECK(weir_string_pop(&string, &out));
      CHECK_EQUAL(out, 0xfffd);
    }
    CHECK(weir_string_pop(&string, &out));
    CHECK_EQUAL(out, 'a');
  }
  teardown();
}

static void a_cut_is_between_characters(void) {
  setup(1);
  CHECK(append("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z"));
  weir_string_truncate(&string, 99);
  weir_string_truncate(&string, 10);
  expect("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
  weir_string_truncate(&string, 9);
  expect("a\xc3\xa9\xe2\x82\xac");
  weir_string_truncate(&string, 4);
  expect("a\xc3\xa9");
  weir_string_truncate(&string, 3);
  expect("a\xc3\xa9");
  weir_string_truncate(&string, 2);
  expect("a");
  teardown();
}

static void an_insertion_is_between_characters(void) {
  setup(1);
  CHECK(!weir_string_insert_within_capacity(&string, 0, "x", 1));
  CHECK(append("a\xe2\x82\xac"));
  CHECK(weir_string_try_reserve(&string, 20));
  CHECK(!weir_string_insert_within_capacity(&string, 2, "x", 1));
  CHECK(!weir_string_insert_within_capacity(&string, 3, "x", 1));
  CHECK(!weir_string_insert_within_capacity(&string, 5, "x", 1));
  CHECK(weir_string_insert_within_capacity(&string, 0, "12", 2));
  CHECK(weir_string_insert_within_capacity(&string, 3, "-", 1));
  CHECK(weir_string_insert_within_capacity(&string, 7, "z", 1));
  CHECK(weir_string_insert_within_capacity(&string, 8, "", 0));
  expect("12a-\xe2\x82\xacz");
  teardown();
}

struct writer {
  struct weir_task task;
  struct weir_growth growth;
};

static enum weir_poll writer_poll(struct writer *self) {
  WEIR_TASK_BEGIN(&self->task);
  WEIR_AWAIT_APPEND(&self->task, &self->growth, &string, "awaited", 7);
  WEIR_TASK_END(&self->task);
}

static void a_task_awaits_its_append(void) {
  struct writer writer = {.task = {.waker = waker.waker}};
  setup(0);
  writer.task.waker = waker.waker;
  CHECK(writer_poll(&writer) == WEIR_PENDING);
  expect("");
  full_free(0, 1);
  CHECK_EQUAL(waker.wakes, 1);
  CHECK(writer_poll(&writer) == WEIR_READY);
  expect("awaited");
  teardown();
}

static void growth_is_dropped_at_each_point(void) {
  struct weir_growth growth = {0};
  setup(0);
  CHECK(weir_string_reserve_start(&growth, &string, 5, &waker.waker) == WEIR_PENDING);
  weir_growth_drop(&growth);
  CHECK(weir_string_reserve_start(&growth, &string, 5, &waker.waker) == WEIR_PENDING);
  full_free(0, 1);
  weir_growth_drop(&growth);
  CHECK(string.bytes.items == NULL);
  CHECK(weir_string_reserve_start(&growth, &string, SIZE_MAX, &waker.waker) == WEIR_READY);
  CHECK(weir_string_reserve_start(&growth, &string, 5, &waker.waker) == WEIR_READY);
  CHECK(weir_string_append_within_capacity(&string, "12345", 5));
  weir_growth_drop(&growth);
  teardown();
}

int main(void) {
  RUN(a_string_grows_and_is_terminated);
  RUN(nothing_is_appended_without_room);
  RUN(a_string_is_full_with_its_nul);
  RUN(characters_are_encoded);
  RUN(what_is_not_utf8_comes_off_in_bytes);
  RUN(a_cut_is_between_characters);
  RUN(an_insertion_is_between_characters);
  RUN(a_task_awaits_its_append);
  RUN(growth_is_dropped_at_each_point);
  return check_summary("collections/string");
}
