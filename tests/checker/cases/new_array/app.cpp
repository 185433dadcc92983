// An array on the heap, with constructors. must fail: weir-banned-call
struct Box {
  int X = 1;
  Box() {}
};
int main() {
#if FAIL
  return (new Box[3])[1].X;
#else
  Box Boxes[3];
  return Boxes[1].X;
#endif
}
