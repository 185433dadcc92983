/* A reservation: what synchronous code gets inside it, and what goes back. */
#include "weir/reserve.h"

#include "weir/alloc.h"
#include "weir/fatal.h"

#include "check.h"
#include "fake_port.h"
#include "fixture.h"

WEIR_RESERVE_DEFINE(library);

static struct fixture at;
static struct counter waker;
static struct weir_reserve reserve;
static unsigned char *pieces[256];

#define RESERVED 1024u

/* The heap's first 1024 bytes are the reservation's, the rest is held. */
static void setup(void) {
  fake_port_reset();
  fixture_fill(&at);
  counter_init(&waker);
  library = (struct weir_reserve_slot){0};
  for (unsigned i = 0; i < RESERVED / FIXTURE_UNIT; i++)
    fixture_free(&at, i);
  CHECK(weir_reserve_try_begin(&reserve, &at.heap, RESERVED));
}

static void teardown(void) {
  CHECK(weir_reserve_check(&reserve));
  weir_reserve_end(&reserve);
  CHECK(weir_reserve_check(&reserve));
  fixture_end(&at);
}

static struct weir_reserve_stats stats(void) { return weir_reserve_stats(&reserve); }

/* As many pieces of a size as fit. */
static unsigned fill(size_t size) {
  unsigned count = 0;
  while (count < 256 && (pieces[count] = weir_reserve_alloc(&reserve, size)) != NULL)
    count++;
  return count;
}

static bool is_filled_with(const unsigned char *bytes, size_t size, unsigned char value) {
  for (size_t i = 0; i < size; i++)
    if (bytes[i] != value)
      return false;
  return true;
}

static void write(unsigned char *bytes, size_t size, unsigned char value) {
  for (volatile unsigned char *byte = bytes; byte != bytes + size; byte++)
    *byte = value;
}

static void pieces_are_aligned_and_apart(void) {
  unsigned count;
  setup();
  count = fill(40);
  CHECK(count >= RESERVED / 64 && count < 256);
  for (unsigned i = 0; i < count; i++) {
    CHECK_EQUAL((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
    write(pieces[i], 40, (unsigned char)i);
  }
  for (unsigned i = 0; i < count; i++)
    CHECK(is_filled_with(pieces[i], 40, (unsigned char)i));
  CHECK_EQUAL(stats().live, count);
  teardown();
}

static void an_overrun_is_null_and_is_counted(void) {
  setup();
  CHECK(weir_reserve_alloc(&reserve, RESERVED) == NULL);
  CHECK(weir_reserve_alloc(&reserve, SIZE_MAX) == NULL);
  CHECK(weir_reserve_alloc(&reserve, SIZE_MAX / 2) == NULL);
  CHECK(weir_reserve_aligned_alloc(&reserve, 64, SIZE_MAX - 64) == NULL);
  CHECK_EQUAL(stats().overruns, 4);
  CHECK_EQUAL(stats().largest_overrun, SIZE_MAX);
  CHECK_EQUAL(stats().live, 0);
  CHECK_EQUAL(stats().used, 0);
  CHECK(weir_reserve_alloc(&reserve, 100) != NULL);
  CHECK_EQUAL(stats().overruns, 4);
  teardown();
}

/* Freed in every third's order, so that each kind of neighbour is met. */
static void what_is_freed_is_whole_again(void) {
  unsigned count;
  setup();
  for (size_t size = 0; size < 200; size += 23) {
    count = fill(size);
    for (unsigned third = 0; third < 3; third++) {
      for (unsigned i = (third * 2) % 3; i < count; i += 3)
        weir_reserve_free(&reserve, pieces[i]);
      CHECK(weir_reserve_check(&reserve));
    }
    CHECK_EQUAL(stats().used, 0);
    CHECK_EQUAL(stats().live, 0);
    pieces[0] = weir_reserve_alloc(&reserve, RESERVED - 64);
    CHECK(pieces[0] != NULL);
    weir_reserve_free(&reserve, pieces[0]);
  }
  weir_reserve_free(&reserve, NULL);
  teardown();
}

static void the_peak_would_have_been_enough(void) {
  size_t peak;
  setup();
  pieces[0] = weir_reserve_alloc(&reserve, 100);
  pieces[1] = weir_reserve_alloc(&reserve, 200);
  weir_reserve_free(&reserve, pieces[0]);
  pieces[2] = weir_reserve_alloc(&reserve, 60);
  CHECK(pieces[2] < pieces[1]);
  peak = stats().peak;
  CHECK(peak > 300 && peak <= 100 + 200 + 6 * WEIR_RESERVE_ALIGN + 16);
  weir_reserve_end(&reserve);
  CHECK_EQUAL(stats().peak, peak);

  CHECK(weir_reserve_try_begin(&reserve, &at.heap, peak));
  pieces[0] = weir_reserve_alloc(&reserve, 100);
  CHECK(weir_reserve_alloc(&reserve, 200) != NULL);
  CHECK_EQUAL(stats().peak, peak);
  weir_reserve_end(&reserve);
  CHECK(weir_reserve_try_begin(&reserve, &at.heap, peak - WEIR_RESERVE_ALIGN));
  CHECK(weir_reserve_alloc(&reserve, 100) != NULL);
  CHECK(weir_reserve_alloc(&reserve, 200) == NULL);
  teardown();
}

static void calloc_clears_and_counts(void) {
  setup();
  write(weir_reserve_alloc(&reserve, 300), 300, 0xff);
  weir_reserve_end(&reserve);
  CHECK(weir_reserve_try_begin(&reserve, &at.heap, RESERVED));
  pieces[0] = weir_reserve_calloc(&reserve, 30, 10);
  CHECK(is_filled_with(pieces[0], 300, 0));
  CHECK(weir_reserve_calloc(&reserve, SIZE_MAX / 8, 16) == NULL);
  CHECK_EQUAL(stats().overruns, 1);
  CHECK(weir_reserve_calloc(&reserve, 5, 0) != NULL);
  teardown();
}

static void realloc_keeps_the_content_and_its_place_if_it_can(void) {
  unsigned char *moved;
  setup();
  pieces[0] = weir_reserve_realloc(&reserve, NULL, 40);
  write(pieces[0], 40, 1);
  CHECK(weir_reserve_realloc(&reserve, pieces[0], 80) == pieces[0]); /* nothing is above */
  pieces[1] = weir_reserve_alloc(&reserve, 100);
  pieces[2] = weir_reserve_alloc(&reserve, 16);
  weir_reserve_free(&reserve, pieces[1]);
  CHECK(weir_reserve_realloc(&reserve, pieces[0], 150) == pieces[0]); /* into what is free */
  CHECK(weir_reserve_check(&reserve));
  moved = weir_reserve_realloc(&reserve, pieces[0], 400);
  CHECK(moved > pieces[2]);
  CHECK(is_filled_with(moved, 40, 1));
  CHECK_EQUAL(stats().live, 2);
  CHECK(weir_reserve_realloc(&reserve, moved, 2 * RESERVED) == NULL);
  CHECK(is_filled_with(moved, 40, 1));
  CHECK(weir_reserve_realloc(&reserve, moved, SIZE_MAX) == NULL);
  CHECK_EQUAL(stats().overruns, 2);
  CHECK(weir_reserve_realloc(&reserve, moved, 0) == NULL);
  CHECK_EQUAL(stats().live, 1);
  teardown();
}

static void realloc_to_less_gives_the_rest_back(void) {
  size_t used;
  setup();
  pieces[0] = weir_reserve_alloc(&reserve, 400);
  pieces[1] = weir_reserve_alloc(&reserve, 16);
  CHECK(weir_reserve_realloc(&reserve, pieces[0], 100) == pieces[0]);
  used = stats().used;
  pieces[2] = weir_reserve_alloc(&reserve, 250);
  CHECK(pieces[2] > pieces[0] && pieces[2] < pieces[1]);
  CHECK(stats().used >= used + 250);
  teardown();
}

static void any_power_of_two_alignment(void) {
  setup();
  for (size_t align = 1; align <= 256; align *= 2) {
    pieces[0] = weir_reserve_alloc(&reserve, 24);
    pieces[1] = weir_reserve_aligned_alloc(&reserve, align, 100);
    CHECK(pieces[1] != NULL);
    CHECK_EQUAL((uintptr_t)pieces[1] % align, 0);
    CHECK(weir_reserve_usable_size(&reserve, pieces[1]) >= 100);
    write(pieces[1], 100, 7);
    CHECK(weir_reserve_check(&reserve));
    weir_reserve_free(&reserve, pieces[0]);
    weir_reserve_free(&reserve, pieces[1]);
  }
  CHECK_EQUAL(stats().used, 0);
  CHECK(weir_reserve_aligned_alloc(&reserve, 0, 8) == NULL);
  CHECK(weir_reserve_aligned_alloc(&reserve, 24, 8) == NULL);
  CHECK_EQUAL(weir_reserve_usable_size(&reserve, NULL), 0);
  teardown();
}

static void a_shrink_serves_those_who_wait(void) {
  struct weir_alloc waiting = {0};
  setup();
  pieces[0] = weir_reserve_alloc(&reserve, 200);
  write(pieces[0], 200, 3);
  CHECK(weir_alloc_start(&waiting, &at.heap, bytes(512), &waker.waker) == WEIR_PENDING);
  CHECK(weir_reserve_shrink(&reserve) >= 512);
  CHECK_EQUAL(waker.wakes, 1);
  CHECK(weir_alloc_poll(&waiting) == WEIR_READY);
  CHECK(is_filled_with(pieces[0], 200, 3));
  CHECK(stats().capacity < 256);
  CHECK(weir_reserve_alloc(&reserve, 16) == NULL);
  CHECK_EQUAL(weir_reserve_shrink(&reserve), 0);
  weir_alloc_drop(&waiting);
  weir_reserve_free(&reserve, pieces[0]);
  CHECK(weir_reserve_alloc(&reserve, 200) == pieces[0]);
  teardown();
}

static void a_shrink_of_nothing_used_leaves_a_smallest_block(void) {
  setup();
  CHECK(weir_reserve_shrink(&reserve) > 0);
  CHECK_EQUAL(stats().capacity, 0);
  CHECK(weir_reserve_alloc(&reserve, 1) == NULL);
  weir_reserve_end(&reserve);
  weir_reserve_end(&reserve);
  fixture_end(&at);
}

static void the_end_gives_back_what_lives_still(void) {
  struct weir_alloc waiting = {0};
  setup();
  CHECK(fill(30) > 10);
  CHECK(weir_alloc_start(&waiting, &at.heap, bytes(RESERVED), &waker.waker) == WEIR_PENDING);
  weir_reserve_end(&reserve);
  CHECK(weir_alloc_poll(&waiting) == WEIR_READY);
  CHECK(stats().live > 10);
  CHECK_EQUAL(stats().capacity, 0);
  CHECK(weir_reserve_alloc(&reserve, 1) == NULL);
  weir_alloc_drop(&waiting);
  fixture_end(&at);
}

static void without_a_block_every_request_overruns(void) {
  setup();
  weir_reserve_end(&reserve);
  CHECK(!weir_reserve_begin(&reserve, &at.heap, NULL, 100));
  CHECK(weir_reserve_alloc(&reserve, 1) == NULL);
  CHECK_EQUAL(weir_reserve_shrink(&reserve), 0);
  CHECK(!weir_reserve_try_begin(&reserve, &at.heap, 100000));
  CHECK(weir_reserve_calloc(&reserve, 1, 1) == NULL);
  CHECK_EQUAL(stats().overruns, 1);
  weir_reserve_end(&reserve);
  reserve = (struct weir_reserve){0};
  CHECK(weir_reserve_alloc(&reserve, 1) == NULL);
  fixture_end(&at);
}

static void borrowed_memory_stays_the_callers(void) {
  static unsigned char memory[100];
  setup();
  weir_reserve_end(&reserve);
  for (unsigned skew = 0; skew < 16; skew++) {
    CHECK(weir_reserve_begin(&reserve, NULL, memory + skew, sizeof memory - skew));
    CHECK(fill(1) >= 2);
    for (unsigned i = 0; pieces[i] != NULL; i++)
      CHECK(pieces[i] > memory && pieces[i] + 8 <= memory + sizeof memory);
    CHECK_EQUAL(weir_reserve_shrink(&reserve), 0);
    weir_reserve_end(&reserve);
  }
  for (size_t size = 0; size < 16; size++)
    CHECK(!weir_reserve_begin(&reserve, NULL, memory, size));
  fixture_end(&at);
}

/* Who is told that there is no reservation has nothing to give back. */
static void what_is_too_small_for_a_piece_holds_nothing(void) {
  struct weir_reserve small;
  size_t used;
  setup();
  used = weir_heap_stats(&at.heap).used;
  CHECK(!weir_reserve_try_begin(&small, &at.heap, 0));
  CHECK(!weir_reserve_try_begin(&small, &at.heap, 8));
  weir_heap_drain(&at.heap, SIZE_MAX);
  CHECK_EQUAL(weir_heap_stats(&at.heap).used, used);
  CHECK(!weir_reserve_begin_inside(&small, &reserve, 0));
  CHECK_EQUAL(stats().live, 0);
  weir_reserve_end(&small);
  teardown();
}

static void reservations_nest(void) {
  struct weir_reserve inner = {0};
  size_t used;
  setup();
  CHECK(!weir_reserve_begin_inside(&inner, &reserve, 2 * RESERVED));
  CHECK_EQUAL(stats().overruns, 1);
  CHECK(weir_reserve_begin_inside(&inner, &reserve, 600));
  used = stats().used;
  CHECK(weir_reserve_alloc(&inner, 100) != NULL);
  CHECK(weir_reserve_alloc(&inner, 600) == NULL);
  CHECK_EQUAL(weir_reserve_stats(&inner).overruns, 1);
  CHECK_EQUAL(stats().overruns, 1);
  CHECK(weir_reserve_shrink(&inner) >= 400);
  CHECK(stats().used <= used - 400);
  CHECK(weir_reserve_alloc(&reserve, 700) != NULL);
  CHECK(weir_reserve_check(&inner));
  weir_reserve_end(&inner);
  weir_reserve_end(&inner);
  CHECK_EQUAL(stats().live, 1);
  teardown();
}

static void free_it(void *pointer) { weir_reserve_free(&reserve, pointer); }

static void mistakes_are_fatal(void) {
  static max_align_t foreign[4];
  setup();
  pieces[0] = weir_reserve_alloc(&reserve, 40);
  pieces[1] = weir_reserve_alloc(&reserve, 40);
  pieces[2] = weir_reserve_alloc(&reserve, 40);
  CHECK_FATAL(free_it, &foreign[1], WEIR_FATAL_FOREIGN, &foreign[1]);
  CHECK_FATAL(free_it, pieces[2] + 64, WEIR_FATAL_FOREIGN, pieces[2] + 64);
  CHECK_FATAL(free_it, pieces[0] + 4, WEIR_FATAL_MISALIGNED, pieces[0] + 4);
  weir_reserve_free(&reserve, pieces[1]);
  CHECK_FATAL(free_it, pieces[1], WEIR_FATAL_DOUBLE_FREE, pieces[1]);
  CHECK(weir_reserve_check(&reserve));
  teardown();
}

/* What lies before the pointer looks like the header of a live piece, but for the size before it.
 */
static void a_pointer_into_a_piece_is_seen(void) {
  const uint32_t header[2] = {32 | 1, 3};
  setup();
  pieces[0] = weir_reserve_alloc(&reserve, 200);
  for (unsigned i = 0; i < sizeof header; i++)
    pieces[0][64 - sizeof header + i] = ((const unsigned char *)header)[i];
  CHECK_FATAL(free_it, pieces[0] + 64, WEIR_FATAL_WRONG_SIZE, pieces[0] + 64);
  teardown();
}

static void a_write_past_a_piece_is_seen(void) {
  setup();
  pieces[0] = weir_reserve_alloc(&reserve, 40);
  pieces[1] = weir_reserve_alloc(&reserve, 40);
  write(pieces[0], weir_reserve_usable_size(&reserve, pieces[0]) + 8, 0xff);
  CHECK(!weir_reserve_check(&reserve));
  CHECK_FATAL(free_it, pieces[1], WEIR_FATAL_WRONG_SIZE, pieces[1]);
  CHECK_FATAL(free_it, pieces[0], WEIR_FATAL_WRONG_SIZE, pieces[0]);
  weir_reserve_end(&reserve);
  fixture_end(&at);
}

static void a_slot_without_a_reservation_has_nothing(void) {
  void *out = &reserve;
  setup();
  CHECK(library_malloc(1) == NULL);
  CHECK(library_calloc(1, 1) == NULL);
  CHECK(library_realloc(NULL, 1) == NULL);
  CHECK(library_reallocarray(NULL, 1, 1) == NULL);
  CHECK(library_aligned_alloc(8, 8) == NULL);
  CHECK(library_memalign(8, 8) == NULL);
  CHECK(library_strdup("text") == NULL);
  CHECK(library_posix_memalign(&out, 16, 8) != 0);
  CHECK(out == &reserve);
  CHECK_EQUAL(library.outside, 8);
  CHECK_EQUAL(library_malloc_usable_size(NULL), 0);
  library_free(NULL);
  teardown();
}

static void a_slot_allocates_from_who_entered(void) {
  void *out = NULL;
  char *text;
  setup();
  weir_reserve_enter(&library, &reserve);
  pieces[0] = library_malloc(20);
  pieces[1] = library_reallocarray(pieces[0], 10, 10);
  CHECK(pieces[1] == pieces[0]);
  CHECK(library_reallocarray(pieces[1], SIZE_MAX / 2, 4) == NULL);
  CHECK(is_filled_with(library_calloc(4, 4), 16, 0));
  CHECK_EQUAL((uintptr_t)library_aligned_alloc(64, 8) % 64, 0);
  CHECK_EQUAL((uintptr_t)library_memalign(32, 8) % 32, 0);
  CHECK_EQUAL(library_posix_memalign(&out, 64, 8), 0);
  CHECK_EQUAL((uintptr_t)out % 64, 0);
  CHECK(library_posix_memalign(&out, 2, 8) != 0);
  CHECK(library_posix_memalign(&out, 3 * sizeof(void *), 8) != 0);
  text = library_strdup("weir");
  CHECK(text[0] == 'w' && text[3] == 'r' && text[4] == '\0');
  text = library_strndup("weir", 2);
  CHECK(text[0] == 'w' && text[1] == 'e' && text[2] == '\0');
  CHECK(library_malloc_usable_size(text) >= 3);
  library_free(text);
  CHECK_EQUAL(stats().live, 6);
  weir_reserve_leave(&library);
  CHECK(library.current == NULL);
  CHECK_EQUAL(library.outside, 0);
  teardown();
}

static void free_of_library(void *pointer) { library_free(pointer); }

static void a_piece_goes_back_to_whom_it_belongs(void) {
  struct weir_reserve inner = {0};
  void *outer_piece, *inner_piece;
  setup();
  weir_reserve_enter(&library, &reserve);
  outer_piece = library_malloc(20);
  CHECK(weir_reserve_begin_inside(&inner, &reserve, 200));
  weir_reserve_enter(&library, &inner);
  inner_piece = library_malloc(20);
  CHECK_EQUAL(weir_reserve_stats(&inner).live, 1);
  outer_piece = library_realloc(outer_piece, 300);
  CHECK_EQUAL(weir_reserve_stats(&inner).live, 1);
  library_free(outer_piece);
  library_free(inner_piece);
  CHECK_EQUAL(weir_reserve_stats(&inner).live, 0);
  CHECK_EQUAL(stats().live, 1);
  inner_piece = library_malloc(20);
  weir_reserve_leave(&library);
  CHECK(library.current == &reserve);
  weir_reserve_end(&inner);
  weir_reserve_leave(&library);
  CHECK_FATAL(free_of_library, inner_piece, WEIR_FATAL_FOREIGN, inner_piece);
  teardown();
}

int main(void) {
  RUN(pieces_are_aligned_and_apart);
  RUN(an_overrun_is_null_and_is_counted);
  RUN(what_is_freed_is_whole_again);
  RUN(the_peak_would_have_been_enough);
  RUN(calloc_clears_and_counts);
  RUN(realloc_keeps_the_content_and_its_place_if_it_can);
  RUN(realloc_to_less_gives_the_rest_back);
  RUN(any_power_of_two_alignment);
  RUN(a_shrink_serves_those_who_wait);
  RUN(a_shrink_of_nothing_used_leaves_a_smallest_block);
  RUN(the_end_gives_back_what_lives_still);
  RUN(without_a_block_every_request_overruns);
  RUN(borrowed_memory_stays_the_callers);
  RUN(what_is_too_small_for_a_piece_holds_nothing);
  RUN(reservations_nest);
  RUN(mistakes_are_fatal);
  RUN(a_pointer_into_a_piece_is_seen);
  RUN(a_write_past_a_piece_is_seen);
  RUN(a_slot_without_a_reservation_has_nothing);
  RUN(a_slot_allocates_from_who_entered);
  RUN(a_piece_goes_back_to_whom_it_belongs);
  return check_summary("collections/reserve");
}
