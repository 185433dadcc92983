// Where the firmware starts: it is judged and never run, so that nothing needs to be set up.
int main(void);

void _start(void) {
  main();
  for (;;) {
  }
}

extern const unsigned char __stack[];

__attribute__((section(".init"), used)) static void (*const vectors[])(void) = {
    (void (*)(void))__stack,
    _start,
};
