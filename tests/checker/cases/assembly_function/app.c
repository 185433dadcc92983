/* A function is written in assembly beside the C code. must fail: weir-unproven-call */
int helper(int x);
#if FAIL
__asm__(".thumb_func\n.globl helper\nhelper:\n  b malloc\n");
#else
int helper(int x) { return x; }
#endif
int main(void) { return helper(4); }
