// A call through a table of pointers beside a virtual call of the same type. must fail: weir-banned-call
struct Sink {
  virtual int put(char C) { return C; }
};
struct Device;
using Command = int (*)(Device *, char);
int quiet(Device *, char C) { return C; }
int loud(Device *, char C) { return *new char(C); }
#if FAIL
Command Table[] = {quiet, quiet, loud};
#else
Command Table[] = {quiet, quiet, quiet};
#endif
struct Device {
  Command *Commands;
};
Device Only{Table};
Sink Line;
Sink *volatile Out = &Line;
Device *volatile At = &Only;
int main() {
  Device *Here = At;
  return Out->put('x') + Here->Commands[2](Here, 'y');
}
