/* The N-th time that memory is asked for there is none, for every N, through every public call that
 * asks. Whoever asked is told so or waits, everything else goes on, nothing leaks. The linker puts
 * the functions below in front of the heap's own. */
#include "check.h"

#include "weir/alloc.h"
#include "weir/box.h"
#include "weir/reserve.h"
#include "weir/vec.h"

#define POLLS_MAX 3 /* the first after the failure is served */

void *__wrap_weir_heap_try_alloc_parts(struct weir_heap *heap, size_t size, size_t align);
void *__real_weir_heap_try_alloc_parts(struct weir_heap *heap, size_t size, size_t align);
bool __wrap_weir_heap_try_grow(struct weir_heap *heap, void *pointer, struct weir_layout layout,
                               size_t new_size);
bool __real_weir_heap_try_grow(struct weir_heap *heap, void *pointer, struct weir_layout layout,
                               size_t new_size);
void *__wrap_weir_core_take(struct weir_heap *heap, struct weir_layout layout);
void *__real_weir_core_take(struct weir_heap *heap, struct weir_layout layout);
void *__wrap_weir_core_take_here(struct weir_heap *heap, size_t size, size_t align);
void *__real_weir_core_take_here(struct weir_heap *heap, size_t size, size_t align);

static unsigned asked;
static unsigned failing; /* which of them */

static bool fails(void) { return ++asked == failing; }

void *__wrap_weir_heap_try_alloc_parts(struct weir_heap *heap, size_t size, size_t align) {
  return fails() ? NULL : __real_weir_heap_try_alloc_parts(heap, size, align);
}

bool __wrap_weir_heap_try_grow(struct weir_heap *heap, void *pointer, struct weir_layout layout,
                               size_t new_size) {
  return !fails() && __real_weir_heap_try_grow(heap, pointer, layout, new_size);
}

void *__wrap_weir_core_take(struct weir_heap *heap, struct weir_layout layout) {
  return fails() ? NULL : __real_weir_core_take(heap, layout);
}

void *__wrap_weir_core_take_here(struct weir_heap *heap, size_t size, size_t align) {
  return fails() ? NULL : __real_weir_core_take_here(heap, size, align);
}

struct thing {
  uint32_t number;
  uint32_t rest[4];
};

static unsigned destroyed;

static void destroy(void *object) {
  (void)object;
  destroyed++;
}

static const struct weir_type thing_type = WEIR_TYPE_OF(struct thing, destroy);

static _Alignas(64) unsigned char arena[16384];
static struct weir_heap heap;
static struct weir_wait_queue queue;
static struct weir_timers timers;
static unsigned refused; /* calls that said no */

static void wake(void *context) { (void)context; }
static const struct weir_waker waker = {wake, NULL};

/* Nobody else holds the memory: who waits is served as soon as the heap is looked after. */
static bool ready(struct weir_future future) {
  for (int polls = 0; polls < POLLS_MAX; polls++)
    if (weir_future_poll(future) == WEIR_READY)
      return true;
  return false;
}

static void tried(bool done) { refused += !done; }

static void blocks(void) {
  struct weir_layout layouts[] = {{40, 8}, {600, 8}, {48, 64}, {0, 1}};
  void *held[4];
  for (int i = 0; i < 4; i++) {
    held[i] = weir_heap_try_alloc(&heap, layouts[i]);
    tried(held[i] != NULL);
  }
  if (held[2] != NULL) {
    bool grown = weir_heap_try_grow(&heap, held[2], layouts[2], 96);
    tried(grown);
    layouts[2].size = grown ? 96 : 48;
    weir_heap_shrink(&heap, held[2], layouts[2], 16);
    layouts[2].size = 16;
  }
  for (int i = 0; i < 4; i++)
    weir_heap_free(&heap, held[i], layouts[i]);
}

static void awaited_blocks(void) {
  struct weir_alloc alloc = {0};
  struct weir_timed_alloc timed = {0};
  struct weir_layout layout = {100, 8};
  (void)weir_alloc_start(&alloc, &heap, layout, &waker);
  CHECK(ready(weir_alloc_future(&alloc)));
  void *first = weir_alloc_take(&alloc);
  (void)weir_timed_alloc_start(&timed, &heap, layout, &timers, 10000, &waker);
  CHECK(ready(weir_timed_alloc_future(&timed)));
  void *second = weir_timed_alloc_take(&timed);
  CHECK(first != NULL && second != NULL);
  weir_heap_free(&heap, first, layout);
  weir_heap_free(&heap, second, layout);
  (void)weir_alloc_start(&alloc, &heap, layout, &waker);
  weir_alloc_drop(&alloc);
}

static void boxes(void) {
  struct weir_box tried_box = {0};
  struct weir_box awaited_box = {0};
  struct weir_box_new construction = {0};
  struct thing value = {.number = 3};
  tried(weir_box_try_new(&tried_box, &heap, &thing_type, &value));
  (void)weir_box_new_start(&construction, &heap, &thing_type, &waker);
  CHECK(ready(weir_box_new_future(&construction)));
  CHECK(weir_box_new_take(&construction, &awaited_box, &value));
  CHECK_EQUAL(WEIR_BOX_GET(&awaited_box, struct thing)->number, 3);
  weir_box_drop(&tried_box);
  weir_box_drop(&awaited_box);
}

static void a_vec(void) {
  struct weir_vec vec;
  struct weir_growth growth = {0};
  uint32_t pushed = 0;
  weir_vec_init(&vec, &heap, &thing_type);
  for (uint32_t number = 0; number < 12; number++) {
    struct thing value = {.number = pushed};
    bool done = weir_vec_try_push(&vec, &value);
    tried(done);
    pushed += done;
  }
  (void)weir_vec_reserve_start(&growth, &vec, 40, &waker);
  CHECK(ready(weir_growth_future(&growth)));
  weir_growth_drop(&growth);
  CHECK(vec.capacity >= pushed + 40);
  CHECK_EQUAL(vec.length, pushed);
  for (uint32_t number = 0; number < pushed; number++)
    CHECK_EQUAL(((struct thing *)weir_vec_at(&vec, number))->number, number);
  weir_vec_shrink_to_fit(&vec);
  tried(weir_vec_try_reserve(&vec, 1));
  destroyed = 0;
  weir_vec_drop(&vec);
  CHECK_EQUAL(destroyed, pushed);
}

static void a_reservation(void) {
  struct weir_reserve reserve = {0};
  bool begun = weir_reserve_try_begin(&reserve, &heap, 512);
  tried(begun);
  CHECK_EQUAL(weir_reserve_alloc(&reserve, 64) != NULL, begun);
  weir_reserve_end(&reserve);
}

/* Returns how often memory was asked for. */
static unsigned live(unsigned failing_one) {
  asked = 0;
  refused = 0;
  failing = failing_one;
  CHECK_EQUAL(weir_heap_init(&heap, arena, sizeof arena), WEIR_OK);
  weir_heap_let_wait(&heap, &queue, NULL, NULL);
  blocks();
  awaited_blocks();
  boxes();
  a_vec();
  a_reservation();
  weir_heap_drain(&heap, SIZE_MAX);
  struct weir_heap_stats stats = weir_heap_stats(&heap);
  CHECK_EQUAL(stats.used, 0);
  CHECK_EQUAL(stats.largest_free, stats.capacity);
  CHECK_EQUAL(stats.wait.waiters, 0);
  CHECK(timers.first == NULL);
  CHECK(weir_heap_check(&heap));
  return asked;
}

static void every_nth_allocation_may_fail(void) {
  unsigned all = live(0);
  unsigned without = refused;
  CHECK(all >= 16);
  for (unsigned n = 1; n <= all; n++) {
    CHECK(live(n) >= n);
    CHECK(refused <= without + 2);
  }
  check_print("memory was asked for ");
  check_print_number(all);
  check_print(" times\n");
}

int main(void) {
  RUN(every_nth_allocation_may_fail);
  return check_summary("heap_nth");
}
