/* A static inline function of a header. must fail: weir-banned-call */
#include "box.h"
int main(void) { return box(4); }
