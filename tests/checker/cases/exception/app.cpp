// What is thrown is allocated. must fail: weir-(banned|unproven)-call
int work(int X) {
#if FAIL
  if (X)
    throw X;
#endif
  return X;
}
int main() { return work(1); }
