/* Code of the kind that firmware is made of: hooks, tables, loops, switches, volatile registers. */
typedef __SIZE_TYPE__ size_t;
typedef __UINT32_TYPE__ uint32_t;

void *malloc(size_t);
void free(void *);
int printf(const char *, ...);

struct hooks {
  void *(*allocate)(size_t);
  void (*release)(void *);
};

static struct hooks hooks = {malloc, free};

struct item {
  struct item *next;
  uint32_t key;
  double weight;
  char name[12];
};

static int by_key(const struct item *a, const struct item *b) { return a->key < b->key; }
static int by_name(const struct item *a, const struct item *b) { return a->name[0] < b->name[0]; }

typedef int (*order)(const struct item *, const struct item *);
static const order orders[] = {by_key, by_name, 0};

void set_hooks(const struct hooks *given) { hooks = given ? *given : (struct hooks){malloc, free}; }

struct item *insert(struct item *head, uint32_t key, unsigned how) {
  struct item *made = hooks.allocate(sizeof *made);
  if (!made)
    return head;
  *made = (struct item){.next = head, .key = key, .weight = key * 1.5};
  for (struct item **at = &made->next; *at && how < 2; at = &(*at)->next)
    if (orders[how](*at, made))
      break;
  return made;
}

void clear(struct item *head) {
  while (head) {
    struct item *next = head->next;
    hooks.release(head);
    head = next;
  }
}

static inline uint32_t rotate(uint32_t value, unsigned by) {
  return by ? value << by | value >> (32 - by) : value;
}

uint32_t checksum(const unsigned char *data, size_t size) {
  uint32_t sum = 0x811c9dc5u;
  for (size_t i = 0; i < size; i++)
    sum = rotate(sum ^ data[i], i % 13) * 16777619u;
  return sum;
}

int describe(int code, ...) {
  static unsigned calls;
  __builtin_va_list list;
  __builtin_va_start(list, code);
  switch (code) {
  case 0: case 1: case 2: case 3:
    calls += __builtin_va_arg(list, int);
    break;
  case 40:
    printf("%u\n", calls);
    break;
  default:
    calls = 0;
  }
  __builtin_va_end(list);
  return (int)calls;
}

void busy_wait(volatile uint32_t *reg, unsigned size) {
  char scratch[size];
  for (unsigned i = 0; i < size; i++)
    scratch[i] = (char)*reg;
  __asm__ volatile("nop" : : "r"(scratch) : "memory");
}
