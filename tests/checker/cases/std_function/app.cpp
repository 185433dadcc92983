// A callable too large for the object that holds it. must fail: weir-banned-call
#include <functional>
int main() {
#if FAIL
  struct {
    long Much[8];
  } Data = {};
  std::function<long()> Work = [Data] { return Data.Much[1]; };
  return static_cast<int>(Work());
#else
  auto Work = [] { return 1; };
  return Work();
#endif
}
