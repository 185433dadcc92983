/* The address travels through void * and is called under its own type. must fail: weir-banned-call */
void *malloc(unsigned size);
struct slot {
  void *context;
} slot;
static void *grab(unsigned size) { return malloc(size); }
static void *refuse(unsigned size) { return size ? 0 : &slot; }
void setup(void) {
#if FAIL
  slot.context = (void *)grab;
#else
  slot.context = (void *)refuse;
#endif
}
int main(void) { return ((void *(*)(unsigned))slot.context)(4) != 0; }
