// The C heap, by its C++ header. must fail: weir-banned-call
#include <cstdlib>
int main() {
#if FAIL
  void *Memory = std::malloc(4);
  return Memory != nullptr;
#else
  return static_cast<int>(sizeof(std::div_t)) - 8;
#endif
}
