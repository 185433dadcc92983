// A text grows. must fail: weir-(banned|unproven)-call
#include <string>
int main(int Count, char **) {
#if FAIL
  std::string Text(static_cast<unsigned>(Count), 'x');
  Text += "much more than fits";
#else
  const char Text[] = "much more than fits";
#endif
  return Text[static_cast<unsigned>(Count)];
}
