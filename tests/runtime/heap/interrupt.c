/* An interrupt that frees a block, at every instruction of every operation of the heap's owner and
 * of another free. Whatever it interrupts, nothing is lost, nothing is doubled, and no check takes
 * a half-finished step of the owner for a mistake. */
#include "target/interrupt.h"
#include "check.h"

#include "weir/heap.h"

#define TICKS_MAX 20000u /* far more than the longest operation takes */

static _Alignas(8) unsigned char arena[2048];
static struct weir_heap heap;

static struct weir_layout bytes(size_t size) { return (struct weir_layout){size, 1}; }

/* What every run starts from. Blocks of 40 bytes from the low end; `victim`, which the interrupt
 * frees, lies between what the operation frees and takes:
 *
 *   | kept | before | victim | after | hole, free | wall | free ... | large |  */
static struct {
  void *kept, *before, *victim, *after, *wall, *large;
  size_t used;
} scene;

static void set_scene(void) {
  CHECK_EQUAL(weir_heap_init(&heap, arena, sizeof arena), WEIR_OK);
  scene.kept = weir_heap_try_alloc(&heap, bytes(40));
  scene.before = weir_heap_try_alloc(&heap, bytes(40));
  scene.victim = weir_heap_try_alloc(&heap, bytes(40));
  scene.after = weir_heap_try_alloc(&heap, bytes(40));
  void *hole = weir_heap_try_alloc(&heap, bytes(40));
  scene.wall = weir_heap_try_alloc(&heap, bytes(40));
  scene.large = weir_heap_try_alloc(&heap, bytes(320));
  weir_heap_free(&heap, hole, bytes(40));
  weir_heap_drain(&heap, 1);
  scene.used = weir_heap_stats(&heap).used;
}

static void free_victim(void) { weir_heap_free(&heap, scene.victim, bytes(40)); }

/* The operations. Each returns what it gained or lost, in bytes of `used`. */
static int allocate_small(void) { return weir_heap_try_alloc(&heap, bytes(24)) ? 24 : 0; }

static int allocate_snug(void) { return weir_heap_try_alloc(&heap, bytes(40)) ? 40 : 0; }

static int allocate_large(void) { return weir_heap_try_alloc(&heap, bytes(400)) ? 400 : 0; }

static int allocate_aligned(void) {
  return weir_heap_try_alloc(&heap, (struct weir_layout){48, 64}) ? 48 : 0;
}

static int allocate_too_much(void) { return weir_heap_try_alloc(&heap, bytes(1900)) ? 1904 : 0; }

static int free_one(void) {
  weir_heap_free(&heap, scene.before, bytes(40));
  return -40;
}

static int free_by_owner(void) {
  weir_heap_free_by_owner(&heap, scene.before, bytes(40));
  return -40;
}

/* With quick lists, a round of its own. */
static int free_by_owner_and_allocate(void) {
  weir_heap_free_by_owner(&heap, scene.before, bytes(40));
  return weir_heap_try_alloc(&heap, bytes(40)) ? 0 : -40;
}

static int free_and_drain(void) {
  weir_heap_free(&heap, scene.before, bytes(40));
  weir_heap_free(&heap, scene.after, bytes(40));
  weir_heap_free(&heap, scene.large, bytes(320));
  weir_heap_drain(&heap, SIZE_MAX);
  return -400;
}

static int free_and_allocate(void) {
  weir_heap_free(&heap, scene.after, bytes(40));
  return weir_heap_try_alloc(&heap, bytes(80)) ? 40 : -40;
}

static int grow(void) { return weir_heap_try_grow(&heap, scene.after, bytes(40), 72) ? 32 : 0; }

static int shrink(void) {
  weir_heap_shrink(&heap, scene.after, bytes(40), 16);
  return -24;
}

/* One run with the interrupt after so many ticks. True when it came. */
static bool run(int (*operation)(void), uint32_t ticks, uintptr_t *pc) {
  set_scene();
  target_interrupt_arm(ticks);
  int gained = operation();
  bool came = target_interrupt_disarm(pc);
  if (came)
    gained -= 40;
  weir_heap_drain(&heap, SIZE_MAX);
  CHECK_EQUAL(weir_heap_stats(&heap).pending_free, 0);
  CHECK_EQUAL(weir_heap_stats(&heap).used, (uint64_t)((int64_t)scene.used + gained));
  CHECK(weir_heap_check(&heap));
  return came;
}

static uint32_t sweep(int (*operation)(void)) {
  uint32_t points = 0;
  uintptr_t previous = 0;
  bool complete = true;
  for (uint32_t ticks = 1; ticks < TICKS_MAX; ticks++) {
    uintptr_t pc = 0;
    if (!run(operation, ticks, &pc)) {
      CHECK(complete);
      return points;
    }
    complete &= previous == 0 || target_instruction_leads_to(previous, pc);
    points += pc != previous;
    previous = pc;
  }
  bool the_sweep_came_to_an_end = false;
  CHECK(the_sweep_came_to_an_end);
  return points;
}

static const struct {
  const char *name;
  int (*operation)(void);
} operations[] = {
    {"allocate small", allocate_small},
    {"allocate snug", allocate_snug},
    {"allocate large", allocate_large},
    {"allocate aligned", allocate_aligned},
    {"allocate too much", allocate_too_much},
    {"free", free_one},
    {"free by owner", free_by_owner},
    {"free by owner and allocate", free_by_owner_and_allocate},
    {"free and drain", free_and_drain},
    {"free and allocate", free_and_allocate},
    {"grow", grow},
    {"shrink", shrink},
};

static void a_free_in_an_interrupt_at_every_instruction(void) {
  target_interrupt_action = free_victim;
  for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
    uint32_t points = sweep(operations[i].operation);
    CHECK(points > 20);
    check_print(operations[i].name);
    check_print(": interrupted at ");
    check_print_number(points);
    check_print(" instructions\n");
  }
}

int main(void) {
  RUN(a_free_in_an_interrupt_at_every_instruction);
  return check_summary("heap_interrupt");
}
