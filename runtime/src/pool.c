#include "weir/pool.h"

#include "bytes.h"
#include "config.h"
#include "line.h"
#include "weir/fatal.h"
#include "weir/port.h"

static struct weir_pool_get *get_of(struct weir_place *place) {
  return (struct weir_pool_get *)(void *)((char *)place - offsetof(struct weir_pool_get, place));
}

/* What an object takes: it is a link while it is nobody's, and a multiple of its alignment. */
static size_t size_of(struct weir_layout object) {
  size_t size = object.size < sizeof(void *) ? sizeof(void *) : object.size;
  size_t align = object.align < _Alignof(void *) ? _Alignof(void *) : object.align;
  return size > SIZE_MAX - align ? SIZE_MAX : (size + align - 1) & ~(align - 1);
}

static size_t words_of(size_t capacity) { return capacity / 32 + (capacity % 32 != 0); }

struct weir_layout weir_pool_layout(struct weir_layout object, size_t capacity) {
  size_t align = object.align < _Alignof(void *) ? _Alignof(void *) : object.align;
  size_t words = words_of(capacity) * sizeof(uint32_t);
  struct weir_layout layout = {SIZE_MAX, align};
  if (weir_layout_array((struct weir_layout){size_of(object), align}, capacity, &layout))
    layout.size = layout.size > SIZE_MAX - words ? SIZE_MAX : layout.size + words;
  return layout;
}

bool weir_pool_init(struct weir_pool *pool, struct weir_heap *heap, struct weir_layout object,
                    void *memory, size_t capacity) {
  *pool = (struct weir_pool){.heap = heap, .memory = memory, .object = object};
  if (memory == NULL || capacity == 0)
    return false;
  pool->size = size_of(object);
  pool->capacity = capacity;
  pool->available = capacity;
  pool->out = (uint32_t *)(void *)(pool->memory + pool->size * capacity);
  weir_bytes_clear(pool->out, words_of(capacity) * sizeof(uint32_t));
  return true;
}

bool weir_pool_try_new(struct weir_pool *pool, struct weir_heap *heap, struct weir_layout object,
                       size_t capacity) {
  void *memory = weir_heap_try_alloc(heap, weir_pool_layout(object, capacity));
  bool made = weir_pool_init(pool, heap, object, memory, capacity);
  if (!made)
    weir_pool_drop(pool);
  return made;
}

void weir_pool_drop(struct weir_pool *pool) {
  if (pool->heap != NULL && pool->memory != NULL)
    weir_heap_free(pool->heap, pool->memory, weir_pool_layout(pool->object, pool->capacity));
  *pool = (struct weir_pool){0};
}

/* ---- steps inside a critical section ---- */

static void set_out(struct weir_pool *pool, const void *object, bool out) {
  size_t index = (size_t)((const unsigned char *)object - pool->memory) / pool->size;
  uint32_t bit = UINT32_C(1) << index % 32;
  pool->out[index / 32] = (pool->out[index / 32] & ~bit) | (out ? bit : 0);
}

static void *get(struct weir_pool *pool) {
  void *object = pool->returned;
  if (object != NULL)
    weir_bytes_copy((void *)&pool->returned, object, sizeof pool->returned);
  else if (pool->untouched < pool->capacity)
    object = pool->memory + pool->untouched++ * pool->size;
  else
    return NULL;
  pool->available--;
  set_out(pool, object, true);
  return object;
}

/* An object that is out: to the next in line, or back into the pool. */
static void pass_on(struct weir_pool *pool, void *object) {
  if (pool->line.first != NULL) {
    get_of(pool->line.first)->object = object;
    weir_line_grant_first(&pool->line);
    return;
  }
  weir_bytes_copy(object, (const void *)&pool->returned, sizeof pool->returned);
  pool->returned = object;
  pool->available++;
  set_out(pool, object, false);
}

/* ---- the pool ---- */

/* What is wrong with putting this back: a weir_fatal_kind, or NOTHING. */
#define NOTHING (-1)

static int mistake(const struct weir_pool *pool, const void *object) {
#if WEIR_CHECKS
  size_t offset = (size_t)((uintptr_t)object - (uintptr_t)pool->memory);
  size_t index = offset / (pool->size == 0 ? 1 : pool->size);
  if (offset >= pool->size * pool->capacity)
    return WEIR_FATAL_FOREIGN;
  if (index * pool->size != offset)
    return WEIR_FATAL_MISALIGNED;
  return (pool->out[index / 32] >> index % 32 & 1) != 0 ? NOTHING : WEIR_FATAL_DOUBLE_FREE;
#else
  (void)pool, (void)object;
  return NOTHING;
#endif
}

void *weir_pool_try_get(struct weir_pool *pool) {
  weir_port_mask before = weir_port_critical_enter();
  void *object = get(pool);
  weir_port_critical_leave(before);
  return object;
}

void weir_pool_put(struct weir_pool *pool, void *object) {
  weir_port_mask before;
  int wrong;
  if (object == NULL)
    return;
  before = weir_port_critical_enter();
  wrong = mistake(pool, object);
  if (wrong == NOTHING)
    pass_on(pool, object);
  weir_port_critical_leave(before);
  if (wrong != NOTHING)
    weir_fatal((enum weir_fatal_kind)wrong, object);
}

size_t weir_pool_available(const struct weir_pool *pool) {
  weir_port_mask before = weir_port_critical_enter();
  size_t available = pool->available;
  weir_port_critical_leave(before);
  return available;
}

/* ---- a get ---- */

enum weir_poll weir_pool_get_start(struct weir_pool_get *get_one, struct weir_pool *pool,
                                   const struct weir_waker *waker) {
  weir_port_mask before;
  weir_pool_get_drop(get_one);
  get_one->pool = pool;
  before = weir_port_critical_enter();
  get_one->object = get(pool);
  if (get_one->object != NULL)
    get_one->place.state = WEIR_PLACE_GRANTED;
  else
    weir_line_join(&pool->line, &get_one->place, waker);
  weir_port_critical_leave(before);
  return weir_pool_get_poll(get_one);
}

enum weir_poll weir_pool_get_poll(struct weir_pool_get *get_one) {
  weir_port_mask before = weir_port_critical_enter();
  unsigned char state = get_one->place.state;
  weir_port_critical_leave(before);
  return state == WEIR_PLACE_GRANTED ? WEIR_READY : WEIR_PENDING;
}

void *weir_pool_get_take(struct weir_pool_get *get_one) {
  void *object;
  if (weir_pool_get_poll(get_one) == WEIR_PENDING)
    return NULL;
  object = get_one->object;
  get_one->place.state = WEIR_PLACE_IDLE;
  return object;
}

void weir_pool_get_drop(struct weir_pool_get *get_one) {
  weir_port_mask before = weir_port_critical_enter();
  if (get_one->place.state == WEIR_PLACE_WAITING)
    weir_line_leave(&get_one->pool->line, &get_one->place);
  else if (get_one->place.state == WEIR_PLACE_GRANTED)
    pass_on(get_one->pool, get_one->object);
  get_one->place.state = WEIR_PLACE_IDLE;
  weir_port_critical_leave(before);
}

static enum weir_poll poll_future(void *future) { return weir_pool_get_poll(future); }

static void drop_future(void *future, enum weir_drop_reason reason) {
  (void)reason;
  weir_pool_get_drop(future);
}

struct weir_future weir_pool_get_future(struct weir_pool_get *get_one) {
  static const struct weir_future_kind kind = {poll_future, drop_future, WEIR_DROP_CANCELLED};
  return (struct weir_future){&kind, get_one};
}
