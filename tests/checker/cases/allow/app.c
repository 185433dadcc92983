/* One caller may; another may not. must fail: weir-banned-call */
void *malloc(unsigned size);
void *fs_buffer(void) { return malloc(8); }
void *fs_mount(void) { return fs_buffer(); }
int main(void) {
#if FAIL
  return fs_mount() != 0 || fs_buffer() != 0;
#else
  return fs_mount() != 0;
#endif
}
