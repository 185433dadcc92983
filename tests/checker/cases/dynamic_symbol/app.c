/* A function is looked up by its name. must fail: weir-(unproven|unresolved)-[a-z]+ */
void *dlsym(void *handle, const char *name);
int main(void) {
#if FAIL
  void *(*make)(unsigned) = (void *(*)(unsigned))dlsym(0, "malloc");
  return make(4) != 0;
#else
  return 0;
#endif
}
