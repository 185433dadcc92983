/* A function of the library that the compiler may write out itself; a structure that it copies was
   not asked of the library. must fail: weir-banned-call */
struct record {
  int values[40];
};
void *memcpy(void *, const void *, __SIZE_TYPE__);
struct record from, to;
int main(void) {
#if FAIL
  memcpy(&to, &from, sizeof to);
#else
  to = from;
#endif
  return to.values[0];
}
