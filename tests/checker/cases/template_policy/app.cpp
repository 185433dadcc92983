// The allocator is a template's argument. must fail: weir-banned-call
struct Heap {
  static void *take(unsigned long Size) { return ::operator new(Size); }
};
struct Pool {
  static void *take(unsigned long Size) {
    static char Memory[64];
    return Size < 64 ? Memory : nullptr;
  }
};
template <typename Memory> struct Buffer {
  void *Data = Memory::take(16);
};
#if FAIL
int main() { return Buffer<Heap>().Data != nullptr; }
#else
int main() { return Buffer<Pool>().Data != nullptr; }
#endif
