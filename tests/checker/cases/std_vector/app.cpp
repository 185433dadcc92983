// A container grows. must fail: weir-banned-call
#include <array>
#include <vector>
int main() {
#if FAIL
  std::vector<int> Numbers;
  Numbers.push_back(1);
#else
  std::array<int, 1> Numbers = {1};
#endif
  return Numbers.front();
}
