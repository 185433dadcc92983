/* The call is in an instance of a template. must fail: weir-banned-call */
template <typename T> struct Store {
  T *slot = nullptr;
  void set(T value) {
#if FAIL
    slot = new T(value);
#else
    if (slot)
      *slot = value;
#endif
  }
};
int main() {
  Store<int> store;
  store.set(3);
  return store.slot != nullptr;
}
