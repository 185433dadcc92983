/* Random lives of pieces: none touches another, the row of pieces stays whole, and a second life in
 * a block of the first one's peak gets every answer again. */
#include "weir/reserve.h"

#include "check.h"

#define SLOTS 40u
#define STEPS 3000u
#define BLOCK 4096u

static struct piece {
  unsigned char *content;
  size_t size;
} table[SLOTS];

static _Alignas(64) unsigned char block[BLOCK + 16];
static struct weir_reserve reserve;
static uint32_t random_state;
static uint32_t digest; /* of all answers: where each piece lies, or that there was none */

static uint32_t random_below(uint32_t bound) {
  random_state = random_state * UINT32_C(1664525) + UINT32_C(1013904223);
  return (random_state >> 8) % bound;
}

static void note(const unsigned char *content) {
  uint32_t place = content == NULL ? UINT32_MAX : (uint32_t)(content - block);
  digest = (digest ^ place) * UINT32_C(16777619);
}

static unsigned char mark(const struct piece *piece) {
  return (unsigned char)((piece - table) * 3 + 1);
}

static void write(const struct piece *piece) {
  for (size_t i = 0; i < piece->size; i++)
    piece->content[i] = mark(piece);
}

static void expect(const struct piece *piece, size_t size) {
  bool same = true;
  for (size_t i = 0; i < size; i++)
    same = same && piece->content[i] == mark(piece);
  CHECK(same);
}

/* Mostly small, now and then a tenth of the block. */
static size_t random_size(void) {
  return random_below(8) == 0 ? random_below(500) : random_below(90);
}

static void step(void) {
  struct piece *piece = &table[random_below(SLOTS)];
  size_t size = random_size();
  uint32_t kind = random_below(4);
  unsigned char *content;
  if (piece->content == NULL) {
    content = kind == 0 ? weir_reserve_aligned_alloc(&reserve, (size_t)16 << random_below(4), size)
                        : weir_reserve_alloc(&reserve, size);
  } else if (kind == 0) {
    size_t kept = size < piece->size ? size : piece->size;
    expect(piece, piece->size);
    size = size == 0 ? 1 : size;
    content = weir_reserve_realloc(&reserve, piece->content, size);
    if (content == NULL) {
      note(NULL);
      return;
    }
    piece->content = content;
    expect(piece, kept);
  } else {
    expect(piece, piece->size);
    weir_reserve_free(&reserve, piece->content);
    content = NULL;
  }
  note(content);
  *piece = (struct piece){content, content == NULL ? 0 : size};
  write(piece);
}

static void live(uint32_t seed, size_t bytes) {
  random_state = seed;
  digest = UINT32_C(2166136261);
  for (unsigned i = 0; i < SLOTS; i++)
    table[i] = (struct piece){0};
  CHECK(weir_reserve_begin(&reserve, NULL, block, bytes));
  for (unsigned i = 0; i < STEPS; i++) {
    step();
    if (i % 16 == 0)
      CHECK(weir_reserve_check(&reserve));
  }
  for (unsigned i = 0; i < SLOTS; i++)
    weir_reserve_free(&reserve, table[i].content);
  CHECK_EQUAL(weir_reserve_stats(&reserve).used, 0);
  CHECK_EQUAL(weir_reserve_stats(&reserve).live, 0);
  CHECK(weir_reserve_check(&reserve));
}

static void lives_with_room_and_without(void) {
  for (uint32_t seed = 1; seed <= 20; seed++) {
    live(seed, BLOCK / (1 + seed % 3));
    CHECK(seed % 3 == 0 || weir_reserve_stats(&reserve).overruns > 0);
  }
}

static void the_peak_is_enough_for_the_same_life(void) {
  for (uint32_t seed = 1; seed <= 20; seed++) {
    uint32_t before;
    size_t peak;
    live(seed, BLOCK);
    before = digest;
    peak = weir_reserve_stats(&reserve).peak;
    live(seed, peak);
    CHECK_EQUAL(digest, before);
  }
}

int main(void) {
  RUN(lives_with_room_and_without);
  RUN(the_peak_is_enough_for_the_same_life);
  return check_summary("collections/reserve_random");
}
