// An implicit conversion allocates. must fail: weir-banned-call
struct Text {
#if FAIL
  Text(const char *From) : Copy(new char(*From)) {}
#else
  Text(const char *From) : Copy(From) {}
#endif
  const char *Copy;
};
static int first(Text T) { return *T.Copy; }
int main() { return first("x"); }
