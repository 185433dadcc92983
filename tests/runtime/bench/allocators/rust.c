/* What the functions of rust.h answer for. */
extern void *rust_under_test;
void *rust_under_test;
