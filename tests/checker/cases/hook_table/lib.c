void *malloc(unsigned size);
static char pool[64];
static void *from_pool(unsigned size) { return size < sizeof(pool) ? pool : 0; }
struct hooks {
  void *(*allocate)(unsigned size);
};
#if FAIL
static struct hooks hooks = {malloc};
#else
static struct hooks hooks = {from_pool};
#endif
void set_hook(void *(*allocate)(unsigned size)) { hooks.allocate = allocate ? allocate : from_pool; }
void *parse(unsigned size) { return hooks.allocate(size); }
