/* An interrupt handler is entered by hardware alone. must fail: weir-banned-call */
void *malloc(unsigned size);
void *last;
void UART_Handler(void) {
#if FAIL
  last = malloc(1);
#else
  last = &last;
#endif
}
int main(void) { last = malloc(4); return 0; }
