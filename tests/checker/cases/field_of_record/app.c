/* The policy believes what is stored in a table; another has functions of its type. must fail: weir-banned-call */
void *malloc(unsigned size);

struct memory {
  void *(*take)(unsigned);
};
struct device {
  void *(*map)(unsigned);
};
static void *window(unsigned at) { return (char *)0 + at; }
static const struct memory heap = {malloc};
#if FAIL
static const struct device uart = {window}, flash = {malloc};
#else
static const struct device uart = {window}, flash = {window};
#endif
static const struct memory *volatile kept = &heap;
static int map(const struct device *device) { return device->map(4) != 0; }
int main(void) { return map(&uart) + map(&flash) + (kept == 0); }
