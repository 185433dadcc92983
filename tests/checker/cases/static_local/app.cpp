// A static local object is made at its first use. must fail: weir-banned-call
struct Box {
  int *X;
#if FAIL
  Box() : X(new int(1)) {}
#else
  constexpr Box() : X(nullptr) {}
#endif
};
static int *box() {
  static Box Only;
  return Only.X;
}
int main() { return box() != nullptr; }
