/* A heap beside the plainest model of one: a map of which granules are taken. Each step is done to
 * both, and everything the contract promises is compared. */
#ifndef WEIR_TESTS_MODEL_H
#define WEIR_TESTS_MODEL_H

#include "weir/heap.h"

/* The largest scope; a test that needs less says so to be faster. */
#ifndef MODEL_BLOCKS
#if __STDC_HOSTED__
#define MODEL_BLOCKS 256
#define MODEL_GRANULES 8192
#else
#define MODEL_BLOCKS 64
#define MODEL_GRANULES 512
#endif
#endif

struct model_block {
  unsigned char *pointer; /* NULL when the slot is free */
  struct weir_layout layout;
  unsigned char fill;
};

struct model {
  struct weir_heap heap;
  struct model_block blocks[MODEL_BLOCKS];
  unsigned char
      taken[MODEL_GRANULES]; /* by a live block, or by one that is freed but not drained */
  unsigned char pending[MODEL_GRANULES];
  size_t used;
  size_t peak;
};

/* Start over on an arena of at most MODEL_GRANULES. */
void model_start(struct model *model, void *arena, size_t bytes);

/* Allocate into a slot. False when the heap said no; that it may say no is checked. */
bool model_alloc(struct model *model, size_t slot, struct weir_layout layout);

/* The rest act on a slot; a free slot is left alone. */
void model_free(struct model *model, size_t slot, bool by_owner);
void model_grow(struct model *model, size_t slot, size_t new_size);
void model_shrink(struct model *model, size_t slot, size_t new_size);

/* Drain some, and compare what is pending. */
void model_drain(struct model *model, size_t max_blocks);

/* Compare everything: statistics, contents, invariants. */
void model_compare(struct model *model);

/* Free all, drain all, and see that nothing leaked. */
void model_finish(struct model *model);

/* Steps as a string of bytes says, three for each step. */
void model_run(struct model *model, const unsigned char *script, size_t length);

#endif
