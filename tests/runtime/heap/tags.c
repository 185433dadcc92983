/* The owner's look at the tags of a short block is the look from any context, only quicker. */
#include "check.h"

#include "tags.h"

enum { WORDS = 5 };

static _Alignas(64) unsigned char memory[sizeof(struct weir_base) + WORDS * sizeof(uint32_t)];
static struct weir_base *const base = (void *)memory;

static uint32_t next_random(uint32_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 17;
  *state ^= *state << 5;
  return *state;
}

/* Every place in two words and every length; a window reaches into the third. */
static void compare(void) {
  for (uint32_t first = 0; first < 64; first++)
    for (uint32_t granules = WEIR_BLOCK_MIN_GRANULES; granules <= WEIR_TAGS_SHORT; granules++)
      CHECK_EQUAL(weir_tags_describe_short(base, first, granules),
                  weir_tags_describe(base, first, granules));
}

static void fill(uint32_t word) {
  for (size_t i = 0; i < WORDS; i++)
    weir_shared_poke(&base->tags[i], word);
}

static void both_see_a_block_wherever_it_is(void) {
  for (uint32_t first = 0; first < 64; first++)
    for (uint32_t granules = WEIR_BLOCK_MIN_GRANULES; granules <= WEIR_TAGS_SHORT; granules++)
      for (uint32_t around = 0; around < 4; around++) {
        fill(0);
        if (around & 1 && first != 0)
          weir_tags_set(base, first - 1); /* the end of the block before */
        if (around & 2)
          weir_tags_set(base, first + granules); /* the start of the next */
        weir_tags_live(base, first, granules);
        CHECK(weir_tags_describe(base, first, granules));
        CHECK(weir_tags_describe_short(base, first, granules));
        weir_tags_dead(base, first, granules);
        CHECK(!weir_tags_describe_short(base, first, granules));
      }
}

static void both_say_the_same_of_any_tags(void) {
  uint32_t state = 1;
  fill(0);
  compare();
  fill(UINT32_MAX);
  compare();
  for (int round = 0; round < 40; round++) {
    for (size_t i = 0; i < WORDS; i++) {
      uint32_t word = next_random(&state);
      for (int thinner = 0; thinner < round % 4; thinner++) /* short codes, then longer ones */
        word &= next_random(&state);
      weir_shared_poke(&base->tags[i], word);
    }
    compare();
  }
}

int main(void) {
  RUN(both_see_a_block_wherever_it_is);
  RUN(both_say_the_same_of_any_tags);
  return check_summary("heap_tags");
}
