/* A block that was freed and not yet drained: a node of a list, sealed.
 *
 *   | next | granules | seal |      12 bytes, 16 where pointers are 64 bits wide
 *
 *   state of a block | granules        | seal         | left by
 *   live             | the user's      | broken       | a free: any context, or the owner's
 *   pushed, taken    | the block's     | matches      | the drain, owner
 *   kept             | the block's     | matches      | the drain or an allocation, owner
 *   drained          | what the free lists write      | an allocation, owner
 *
 * The seal tells at the drain whether the node was written to, and at a free whether the block is a
 * node already. An allocation breaks it: a live block never has one that its user did not write. */
#ifndef WEIR_SEAL_H
#define WEIR_SEAL_H

#include "config.h"

#include "weir/fatal.h"

struct __attribute__((may_alias)) weir_pending {
  struct weir_pending *next;
  uint32_t granules;
  uint32_t seal; /* only with WEIR_CHECKS */
};

_Static_assert(sizeof(struct weir_pending) <= WEIR_HEAP_BLOCK_MIN, "a smallest block is a node");

/* The part of a node's seal that does not depend on its place in the list: worked out before the
 * push, which then adds `next` in one step. Any context. */
static inline uint32_t weir_seal_base(const struct weir_pending *node) {
  return (uint32_t)(uintptr_t)node ^ (node->granules >> 16 | node->granules << 16);
}

/* Of a long pointer, the upper half of a product that every bit reaches: with this factor a change
 * of any one byte is seen, and one value written over both halves of NULL, whichever it is
 * (tests/runtime/heap/test_seal.py). */
static inline uint32_t weir_seal_with(uint32_t base, const struct weir_pending *next) {
#if UINTPTR_MAX > UINT32_MAX
  return base ^ (uint32_t)((uintptr_t)next * UINT64_C(0x9e3779b97f4a7c15) >> 32);
#else
  return base ^ (uintptr_t)next;
#endif
}

/* Link a node whose `granules` is set before another, and seal it; `base` is its weir_seal_base.
 * Any context. */
static inline void weir_seal_link(struct weir_pending *node, struct weir_pending *next,
                                  uint32_t base) {
  node->next = next;
#if WEIR_CHECKS
  node->seal = weir_seal_with(base, next);
#else
  (void)base;
#endif
}

/* Whether nobody has written to a node. */
static inline bool weir_seal_holds(const struct weir_pending *node) {
#if WEIR_CHECKS
  return node->seal == weir_seal_with(weir_seal_base(node), node->next);
#else
  (void)node;
  return true;
#endif
}

/* Whether a block that its owner says has so many granules is a node. Any context. */
static inline bool weir_seal_is_node(const void *block, uint32_t granules) {
  const struct weir_pending *node = block;
  return node->granules == granules && weir_seal_holds(node);
}

/* Make a block that is about to live look like no node. Where pointers are short, a seal is made of
 * multiples of 8, but for blocks of half a megabyte and more: 1 is none. Owner only. */
static inline void weir_seal_break(void *block) {
#if WEIR_CHECKS
  struct weir_pending *node = block;
#if UINTPTR_MAX > UINT32_MAX
  node->granules = 0; /* no node's, and the next free is spared a look at the seal */
  node->seal = 0;     /* the same store */
#else
  node->seal = 1;
#endif
#else
  (void)block;
#endif
}

#endif
