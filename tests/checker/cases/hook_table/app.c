/* The allocator hides behind a table of hooks, as in cJSON. must fail: weir-banned-call */
void *parse(unsigned size);
int main(void) { return parse(8) != 0; }
