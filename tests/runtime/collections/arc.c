/* Arc and weak: one object, destroyed with its last owner, freed with its last reference. */
#include "weir/arc.h"

#include "full.h"
#include "owned.h"

static void setup(unsigned units_free) {
  full_setup(units_free);
  owned_reset();
}

static struct weir_arc made(void) {
  struct owned value = owned_make();
  struct weir_arc arc = {0};
  CHECK(weir_arc_try_new(&arc, &at.heap, &owned_type, &value));
  return arc;
}

static void an_arc_owns_its_object(void) {
  struct weir_arc arc;
  setup(1);
  arc = made();
  CHECK_EQUAL(number_of(weir_arc_get(&arc)), 0);
  CHECK_EQUAL(weir_arc_strong_count(&arc), 1);
  CHECK_EQUAL(weir_arc_weak_count(&arc), 0);
  weir_arc_drop(&arc);
  CHECK(arc.block == NULL);
  CHECK_EQUAL(owned_destroyed, 1);
  full_end();
}

static void an_empty_arc_is_harmless(void) {
  struct weir_arc arc = {0};
  struct weir_weak weak = {0};
  struct owned out;
  setup(0);
  CHECK(!weir_arc_try_new(&arc, &at.heap, &owned_type, NULL));
  CHECK(weir_arc_get(&arc) == NULL);
  CHECK(weir_arc_get_mut(&arc) == NULL);
  CHECK(weir_arc_clone(&arc).block == NULL);
  CHECK(weir_arc_downgrade(&arc).block == NULL);
  CHECK(weir_weak_upgrade(&weak).block == NULL);
  CHECK(weir_weak_clone(&weak).block == NULL);
  CHECK(!weir_arc_try_unwrap(&arc, &out));
  CHECK_EQUAL(weir_arc_strong_count(&arc), 0);
  CHECK_EQUAL(weir_arc_weak_count(&arc), 0);
  weir_arc_drop(&arc);
  weir_weak_drop(&weak);
  full_end();
}

static void an_object_without_a_value_is_zero(void) {
  static const struct weir_type type = {{48, 8}, NULL};
  struct weir_arc arc;
  setup(2);
  CHECK(weir_arc_try_new(&arc, &at.heap, &type, NULL));
  for (unsigned i = 0; i < 48; i++)
    CHECK_EQUAL(WEIR_ARC_GET(&arc, unsigned char)[i], 0);
  weir_arc_drop(&arc);
  full_end();
}

static void any_alignment(void) {
  for (size_t align = 1; align <= 64; align *= 2) {
    const struct weir_type type = {{align, align}, NULL};
    struct weir_arc arc;
    setup(8);
    CHECK(weir_arc_try_new(&arc, &at.heap, &type, NULL));
    CHECK_EQUAL((uintptr_t)weir_arc_get(&arc) % align, 0);
    weir_arc_drop(&arc);
    full_end();
  }
}

static void an_object_too_large_to_count_is_refused(void) {
  static const struct weir_type type = {{SIZE_MAX - 3, 4}, NULL};
  struct weir_arc arc;
  setup(1);
  CHECK_EQUAL(weir_arc_layout(&type).size, SIZE_MAX);
  CHECK(!weir_arc_try_new(&arc, &at.heap, &type, NULL));
  full_end();
}

static void the_last_owner_destroys(void) {
  struct weir_arc one, two;
  setup(1);
  one = made();
  two = weir_arc_clone(&one);
  CHECK(weir_arc_get(&one) == weir_arc_get(&two));
  CHECK_EQUAL(weir_arc_strong_count(&two), 2);
  weir_arc_drop(&one);
  CHECK_EQUAL(owned_destroyed, 0);
  CHECK_EQUAL(number_of(weir_arc_get(&two)), 0);
  weir_arc_drop(&two);
  weir_arc_drop(&two);
  CHECK_EQUAL(owned_destroyed, 1);
  full_end();
}

static size_t used(void) {
  weir_heap_drain(&at.heap, SIZE_MAX);
  return weir_heap_stats(&at.heap).used;
}

static void a_weak_reference_keeps_the_memory_only(void) {
  struct weir_arc arc, again;
  struct weir_weak weak, other;
  size_t held;
  setup(1);
  arc = made();
  held = used();
  weak = weir_arc_downgrade(&arc);
  other = weir_weak_clone(&weak);
  CHECK_EQUAL(weir_arc_weak_count(&arc), 2);
  again = weir_weak_upgrade(&weak);
  CHECK_EQUAL(number_of(weir_arc_get(&again)), 0);
  weir_arc_drop(&arc);
  CHECK_EQUAL(owned_destroyed, 0);
  weir_arc_drop(&again);
  CHECK_EQUAL(owned_destroyed, 1);
  CHECK(weir_weak_upgrade(&weak).block == NULL);
  weir_weak_drop(&weak);
  CHECK_EQUAL(used(), held);
  weir_weak_drop(&other);
  CHECK(used() < held);
  full_end();
}

static void only_who_is_alone_may_change(void) {
  struct weir_arc arc, clone;
  struct weir_weak weak;
  setup(1);
  arc = made();
  CHECK(weir_arc_get_mut(&arc) == weir_arc_get(&arc));
  clone = weir_arc_clone(&arc);
  CHECK(weir_arc_get_mut(&arc) == NULL);
  weir_arc_drop(&clone);
  weak = weir_arc_downgrade(&arc);
  CHECK(weir_arc_get_mut(&arc) == NULL);
  weir_weak_drop(&weak);
  CHECK(weir_arc_get_mut(&arc) != NULL);
  weir_arc_drop(&arc);
  full_end();
}

static void the_only_owner_can_take_the_object_out(void) {
  struct weir_arc arc, clone;
  struct weir_weak weak;
  struct owned out = {0};
  setup(1);
  arc = made();
  clone = weir_arc_clone(&arc);
  weak = weir_arc_downgrade(&arc);
  CHECK(!weir_arc_try_unwrap(&arc, &out));
  CHECK(arc.block != NULL);
  weir_arc_drop(&clone);
  CHECK(weir_arc_try_unwrap(&arc, &out));
  CHECK(arc.block == NULL);
  CHECK_EQUAL(number_of(&out), 0);
  CHECK_EQUAL(owned_destroyed, 0);
  CHECK(weir_weak_upgrade(&weak).block == NULL);
  weir_weak_drop(&weak);
  full_end();
}

static void an_arc_is_awaited(void) {
  struct weir_alloc memory = {0};
  struct weir_arc arc;
  setup(0);
  CHECK(weir_alloc_start(&memory, &at.heap, weir_arc_layout(&owned_type), &waker.waker) ==
        WEIR_PENDING);
  CHECK(!weir_arc_init(&arc, &at.heap, &owned_type, weir_alloc_take(&memory), NULL));
  fixture_free(&at, 0);
  CHECK(weir_alloc_poll(&memory) == WEIR_READY);
  CHECK(weir_arc_init(&arc, &at.heap, &owned_type, weir_alloc_take(&memory),
                      &(struct owned){0, UINT32_MAX}));
  (void)owned_make();
  weir_arc_drop(&arc);
  CHECK_EQUAL(owned_destroyed, 1);
  full_end();
}

static struct weir_arc interrupts_own;

static void drop_in_interrupt(void *context) {
  (void)context;
  weir_arc_drop(&interrupts_own);
}

/* Where counts are changed in a critical section, an interrupt comes at each moment outside. */
static void an_interrupt_may_drop(void) {
  for (unsigned moment = 1; moment < 12; moment++) {
    struct weir_arc arc, clone;
    setup(1);
    arc = made();
    interrupts_own = weir_arc_clone(&arc);
    fake_port.interrupt = drop_in_interrupt;
    fake_port.countdown = moment;
    clone = weir_arc_clone(&arc);
    weir_arc_drop(&arc);
    weir_arc_drop(&clone);
    fake_port.countdown = 0;
    weir_arc_drop(&interrupts_own);
    CHECK_EQUAL(owned_destroyed, 1);
    full_end();
  }
}

int main(void) {
  RUN(an_arc_owns_its_object);
  RUN(an_empty_arc_is_harmless);
  RUN(an_object_without_a_value_is_zero);
  RUN(any_alignment);
  RUN(an_object_too_large_to_count_is_refused);
  RUN(the_last_owner_destroys);
  RUN(a_weak_reference_keeps_the_memory_only);
  RUN(only_who_is_alone_may_change);
  RUN(the_only_owner_can_take_the_object_out);
  RUN(an_arc_is_awaited);
  RUN(an_interrupt_may_drop);
  return check_summary("collections/arc");
}
