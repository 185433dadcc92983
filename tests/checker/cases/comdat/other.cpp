#include "box.h"
int size() { return box().size; }
