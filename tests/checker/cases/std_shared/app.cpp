// Shared ownership has a block of its own. must fail: weir-banned-call
#include <memory>
int main() {
#if FAIL
  return *std::make_shared<int>(1);
#else
  int Number = 1;
  return *std::addressof(Number);
#endif
}
