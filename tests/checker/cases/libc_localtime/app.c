/* A function of the C library that looks harmless. must fail: weir-banned-call */
typedef long long time_t;
struct tm;
struct tm *localtime(const time_t *when);
struct tm *gmtime_r(const time_t *when, struct tm *out);
int main(void) {
  static char tm[64];
  time_t now = 0;
#if FAIL
  return localtime(&now) != 0;
#else
  return gmtime_r(&now, (struct tm *)tm) != 0;
#endif
}
