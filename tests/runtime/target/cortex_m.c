/* Startup for the Cortex-M machines: vectors, memory, main, exit with main's status. A test defines
 * the handlers that it wants. */
#include "target.h"

#include <stdint.h>

extern uint32_t __stack_top[], __data_start[], __data_end[], __data_load[], __bss_start[],
    __bss_end[];
int main(void);
void Reset_Handler(void);
void SVC_Handler(void);
void PendSV_Handler(void);
void SysTick_Handler(void);

static void unexpected(void) {
  target_print("unexpected exception\n");
  target_exit(2);
}

__attribute__((weak)) void SVC_Handler(void) { unexpected(); }
__attribute__((weak)) void PendSV_Handler(void) { unexpected(); }
__attribute__((weak)) void SysTick_Handler(void) { unexpected(); }

void Reset_Handler(void) {
  const uint32_t *from = __data_load;
  for (volatile uint32_t *to = __data_start; to != __data_end;)
    *to++ = *from++;
  for (volatile uint32_t *to = __bss_start; to != __bss_end;)
    *to++ = 0;
  target_exit(main());
}

struct vectors {
  uint32_t *stack;
  void (*handlers[15])(void);
};

__attribute__((section(".vectors"), used)) static const struct vectors vectors = {
    .stack = __stack_top,
    .handlers = {Reset_Handler, unexpected, unexpected, unexpected, unexpected, unexpected,
                 unexpected, unexpected, unexpected, unexpected, SVC_Handler, unexpected,
                 unexpected, PendSV_Handler, SysTick_Handler},
};
