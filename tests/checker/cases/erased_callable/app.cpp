// A hand-made function object that forgets its type. must fail: weir-banned-call
class Callable {
public:
  template <typename Work>
  explicit Callable(Work &W)
      : Object(&W), Invoke([](void *O, int X) { return (*static_cast<Work *>(O))(X); }) {}
  int operator()(int X) const { return Invoke(Object, X); }

private:
  void *Object;
  int (*Invoke)(void *, int);
};
int main() {
#if FAIL
  auto Work = [](int X) { return *new int(X); };
#else
  auto Work = [](int X) { return X; };
#endif
  return Callable(Work)(1);
}
