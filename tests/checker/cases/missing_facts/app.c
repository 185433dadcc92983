/* Nothing is known of a function that is called. must fail: weir-unproven-call */
#if FAIL
int vendor(int);
#else
int vendor(int value) { return value; }
#endif
int main(void) { return vendor(1); }
