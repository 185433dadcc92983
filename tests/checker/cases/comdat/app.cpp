/* An inline function of two units is one. must fail: weir-banned-call */
#include "box.h"
int main() { return box().size; }
