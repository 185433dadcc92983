// A default argument is an expression like any other. must fail: weir-banned-call
static int use(int *X) { return X ? *X : 0; }
#if FAIL
static int run(int *X = new int(1)) { return use(X); }
#else
static int run(int *X = nullptr) { return use(X); }
#endif
int main() { return run(); }
