#include "model.h"

#include "check.h"

static size_t granules_of(size_t size) {
  return size <= WEIR_HEAP_BLOCK_MIN ? 2 : (size + WEIR_HEAP_GRANULE - 1) / WEIR_HEAP_GRANULE;
}

static size_t capacity(const struct model *model) { return model->heap.end - model->heap.first; }

static size_t place_of(const struct model *model, const unsigned char *pointer) {
  return (size_t)(pointer - (const unsigned char *)model->heap.base) / WEIR_HEAP_GRANULE;
}

static void mark(unsigned char *map, size_t first, size_t granules, unsigned char value) {
  for (size_t i = first; i < first + granules; i++)
    map[i] = value;
}

static size_t longest_free_run(const struct model *model) {
  size_t longest = 0;
  size_t run = 0;
  for (size_t i = model->heap.first; i < model->heap.end; i++) {
    run = model->taken[i] ? 0 : run + 1;
    if (run > longest)
      longest = run;
  }
  return longest < 2 ? 0 : longest; /* no request gets a single granule */
}

static void learn_drained(struct model *model) {
  for (size_t i = model->heap.first; i < model->heap.end; i++) {
    model->used -= model->pending[i];
    model->taken[i] = (unsigned char)(model->taken[i] & !model->pending[i]);
    model->pending[i] = 0;
  }
}

/* A bounded drain takes blocks in an order that is the heap's business. What it left is in its
 * lists, so the model can only follow once nothing is left. */
static void follow_drain(struct model *model) {
  if (weir_heap_stats(&model->heap).pending_free == 0)
    learn_drained(model);
}

void model_start(struct model *model, void *arena, size_t bytes) {
  CHECK_EQUAL(weir_heap_init(&model->heap, arena, bytes), WEIR_OK);
  CHECK(model->heap.end <= MODEL_GRANULES);
  for (size_t i = 0; i < MODEL_BLOCKS; i++)
    model->blocks[i].pointer = NULL;
  mark(model->taken, 0, MODEL_GRANULES, 0);
  mark(model->pending, 0, MODEL_GRANULES, 0);
  model->used = 0;
  model->peak = 0;
}

static void fill(struct model_block *block, size_t from) {
  for (size_t i = from; i < block->layout.size; i++)
    block->pointer[i] = block->fill;
}

static void check_contents(const struct model_block *block, size_t size) {
  bool intact = true;
  for (size_t i = 0; i < size; i++)
    intact &= block->pointer[i] == block->fill;
  CHECK(intact);
}

/* The heap said no: everything is drained by now, and no free run may have been long enough. */
static void check_refusal(struct model *model, struct weir_layout layout) {
  CHECK_EQUAL(weir_heap_stats(&model->heap).pending_free, 0);
  learn_drained(model);
  if (layout.size > capacity(model) * WEIR_HEAP_GRANULE)
    return;
  size_t wanted = granules_of(layout.size);
  if (layout.align > WEIR_HEAP_GRANULE)
    wanted += layout.align / WEIR_HEAP_GRANULE - 1;
  size_t sure = wanted <= 16 ? wanted : wanted + wanted / 8;
  CHECK(longest_free_run(model) < sure || !weir_heap_could_hold(&model->heap, layout));
}

static void take(struct model *model, size_t first, size_t granules) {
  bool was_free = true;
  for (size_t i = first; i < first + granules; i++)
    was_free &= !model->taken[i] || model->pending[i];
  CHECK(was_free);
  for (size_t i = first; i < first + granules; i++) {
    model->used += !model->pending[i];
    model->taken[i] = 1;
    model->pending[i] = 0;
  }
}

bool model_alloc(struct model *model, size_t slot, struct weir_layout layout) {
  struct model_block *block = &model->blocks[slot];
  if (block->pointer != NULL)
    return false;
  unsigned char *pointer = weir_heap_try_alloc(&model->heap, layout);
  follow_drain(model);
  if (pointer == NULL) {
    check_refusal(model, layout);
    return false;
  }
  size_t first = place_of(model, pointer);
  CHECK_EQUAL((uintptr_t)pointer % WEIR_HEAP_GRANULE, 0);
  CHECK_EQUAL((uintptr_t)pointer % layout.align, 0);
  CHECK(first >= model->heap.first && first + granules_of(layout.size) <= model->heap.end);
  take(model, first, granules_of(layout.size));
  *block = (struct model_block){pointer, layout, (unsigned char)(slot * 37 + layout.size)};
  fill(block, 0);
  return true;
}

void model_free(struct model *model, size_t slot, bool by_owner) {
  struct model_block *block = &model->blocks[slot];
  if (block->pointer == NULL)
    return;
  check_contents(block, block->layout.size);
  mark(model->pending, place_of(model, block->pointer), granules_of(block->layout.size), 1);
  if (by_owner)
    weir_heap_free_by_owner(&model->heap, block->pointer, block->layout);
  else
    weir_heap_free(&model->heap, block->pointer, block->layout);
  block->pointer = NULL;
}

void model_grow(struct model *model, size_t slot, size_t new_size) {
  struct model_block *block = &model->blocks[slot];
  if (block->pointer == NULL || new_size < block->layout.size)
    return;
  size_t old = granules_of(block->layout.size);
  size_t wanted = new_size > capacity(model) * 8 ? capacity(model) + 1 : granules_of(new_size);
  size_t first = place_of(model, block->pointer);
  bool grown = weir_heap_try_grow(&model->heap, block->pointer, block->layout, new_size);
  follow_drain(model);
  if (grown) {
    take(model, first + old, wanted - old);
    check_contents(block, block->layout.size);
    size_t before = block->layout.size;
    block->layout.size = new_size;
    fill(block, before);
    return;
  }
  CHECK_EQUAL(weir_heap_stats(&model->heap).pending_free, 0);
  learn_drained(model);
  bool blocked = first + wanted > model->heap.end;
  for (size_t i = first + old; !blocked && i < first + wanted; i++)
    blocked = model->taken[i];
  CHECK(blocked);
}

void model_shrink(struct model *model, size_t slot, size_t new_size) {
  struct model_block *block = &model->blocks[slot];
  if (block->pointer == NULL || new_size > block->layout.size)
    return;
  size_t first = place_of(model, block->pointer);
  size_t old = granules_of(block->layout.size);
  size_t kept = granules_of(new_size);
  weir_heap_shrink(&model->heap, block->pointer, block->layout, new_size);
  mark(model->taken, first + kept, old - kept, 0);
  model->used -= old - kept;
  block->layout.size = new_size;
  check_contents(block, new_size);
}

void model_drain(struct model *model, size_t max_blocks) {
  weir_heap_drain(&model->heap, max_blocks);
  follow_drain(model);
}

void model_compare(struct model *model) {
  CHECK(weir_heap_check(&model->heap));
  for (size_t i = 0; i < MODEL_BLOCKS; i++)
    if (model->blocks[i].pointer != NULL)
      check_contents(&model->blocks[i], model->blocks[i].layout.size);
  struct weir_heap_stats stats = weir_heap_stats(&model->heap);
  size_t pending = 0;
  for (size_t i = 0; i < model->heap.end; i++)
    pending += model->pending[i];
  CHECK_EQUAL(stats.used - stats.pending_free, (model->used - pending) * WEIR_HEAP_GRANULE);
  CHECK(stats.peak >= stats.used && stats.used <= stats.capacity);
  if (stats.pending_free != 0)
    return;
  CHECK_EQUAL(stats.largest_free, longest_free_run(model) * WEIR_HEAP_GRANULE);
}

void model_finish(struct model *model) {
  for (size_t i = 0; i < MODEL_BLOCKS; i++)
    model_free(model, i, false);
  model_drain(model, SIZE_MAX);
  struct weir_heap_stats stats = weir_heap_stats(&model->heap);
  CHECK_EQUAL(stats.used, 0);
  CHECK_EQUAL(stats.largest_free, stats.capacity);
  CHECK(weir_heap_check(&model->heap));
}

/* Mostly small, some large, now and then absurd. */
static size_t size_from(const struct model *model, unsigned char kind, unsigned char amount) {
  switch (kind >> 5) {
  case 0:
    return amount % 17;
  case 1:
  case 2:
    return amount;
  case 3:
    return (size_t)amount * 4;
  case 4:
    return capacity(model) * WEIR_HEAP_GRANULE * amount / 512;
  case 5:
    return capacity(model) * WEIR_HEAP_GRANULE - amount;
  case 6:
    return 120 + amount % 24;
  default:
    return amount == 255 ? SIZE_MAX - kind : amount % 48;
  }
}

void model_run(struct model *model, const unsigned char *script, size_t length) {
  for (size_t at = 0; at + 3 <= length; at += 3) {
    unsigned char action = script[at];
    size_t slot = (size_t)script[at + 1] % MODEL_BLOCKS;
    size_t size = size_from(model, action, script[at + 2]);
    switch (action & 7) {
    case 0:
    case 1:
    case 2:
      model_alloc(model, slot, (struct weir_layout){size, 1});
      break;
    case 3:
      model_alloc(model, slot, (struct weir_layout){size, (size_t)1 << script[at + 1] % 9});
      break;
    case 4:
    case 5:
      model_free(model, slot, (action & 1) != 0);
      break;
    case 6:
      model_grow(model, slot, size);
      model_shrink(model, slot, script[at + 2] & 1 ? size : size / 2);
      break;
    default:
      model_drain(model, slot % 5);
      break;
    }
  }
}
