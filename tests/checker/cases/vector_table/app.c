/* An interrupt's handler stands in a table that hardware reads. must fail: weir-banned-call */
void *malloc(unsigned size);

static void nothing(void) {}
#if FAIL
static void tick(void) { malloc(4); }
#else
static void tick(void) {}
#endif
__attribute__((section(".vectors"), used)) static void (*const vectors[])(void) = {nothing, tick};
