/* cJSON, unmodified, in reservations of every size: its answer, or a clean NULL. */
#include "weir/reserve.h"

#include "cJSON.h"
#include "check.h"

#include <string.h>

WEIR_RESERVE_DEFINE(json);

static const char text[] =
    "{\"id\":7,\"names\":[\"weir\",\"a longer name that does not fit a small piece\",\"\"],"
    "\"nested\":{\"deep\":{\"deeper\":[1,2.5,-3e10,true,false,null]}},\"text\":\"\\u00e9\\n\"}";

static _Alignas(8) unsigned char arena[16384];
static struct weir_heap heap;
static struct weir_reserve reserve;

/* Parses the text and prints it again. Whether both had memory; then the print is checked. */
static bool parses_and_prints(void) {
  cJSON *tree = cJSON_Parse(text);
  char *printed = tree == NULL ? NULL : cJSON_PrintUnformatted(tree);
  bool both = printed != NULL;
  cJSON *again = both ? cJSON_Parse(printed) : NULL;
  if (again != NULL)
    CHECK(cJSON_Compare(tree, again, true));
  cJSON_Delete(again);
  json_free(printed);
  cJSON_Delete(tree);
  return both && again != NULL;
}

static bool runs_within(size_t bytes) {
  struct weir_reserve_stats stats;
  bool passed;
  CHECK(weir_heap_init(&heap, arena, sizeof arena) == WEIR_OK);
  (void)weir_reserve_try_begin(&reserve, &heap, bytes);
  weir_reserve_enter(&json, &reserve);
  passed = parses_and_prints();
  weir_reserve_leave(&json);
  stats = weir_reserve_stats(&reserve);
  CHECK_EQUAL(stats.live, 0);
  CHECK_EQUAL(passed, stats.overruns == 0);
  CHECK(weir_reserve_check(&reserve));
  weir_reserve_end(&reserve);
  weir_heap_drain(&heap, SIZE_MAX);
  CHECK_EQUAL(weir_heap_stats(&heap).used, 0);
  return passed;
}

static void every_size_gives_the_answer_or_null(void) {
  size_t peak;
  CHECK(runs_within(8192));
  peak = weir_reserve_stats(&reserve).peak;
  for (size_t bytes = 0; bytes < peak; bytes += 8)
    (void)runs_within(bytes);
  CHECK(runs_within(peak));
  CHECK(!runs_within(peak / 2));
}

/* The tree lives on in what the shrink leaves; the rest serves others. */
static void a_tree_outlives_the_shrink(void) {
  cJSON *tree;
  CHECK(weir_heap_init(&heap, arena, sizeof arena) == WEIR_OK);
  CHECK(weir_reserve_try_begin(&reserve, &heap, 12000));
  weir_reserve_enter(&json, &reserve);
  tree = cJSON_Parse(text);
  weir_reserve_leave(&json);
  CHECK(weir_reserve_shrink(&reserve) > 8000);
  memset(weir_heap_try_alloc(&heap, (struct weir_layout){10000, 8}), 0xff, 10000);
  CHECK_EQUAL(cJSON_GetObjectItem(tree, "id")->valueint, 7);
  weir_reserve_enter(&json, &reserve);
  CHECK(cJSON_Parse(text) == NULL);
  cJSON_Delete(tree);
  weir_reserve_leave(&json);
  CHECK_EQUAL(weir_reserve_stats(&reserve).live, 0);
  weir_reserve_end(&reserve);
  CHECK(weir_heap_check(&heap));
}

int main(void) {
  RUN(every_size_gives_the_answer_or_null);
  RUN(a_tree_outlives_the_shrink);
  return check_summary("collections/cjson");
}
