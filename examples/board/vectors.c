/* The vector table for firmware on picolibc's own start-up code, which has none for the board's
 * peripherals. It takes the place of picolibc's weak table, in the section its linker script puts
 * first. */
#include "semihosting.h"

#include <stdint.h>

typedef void board_vector(void);

extern char __stack[];
board_vector _start, timer0_isr;

static void board_unexpected(void) { semihosting_exit(255); }

enum { SYSTEM_HANDLERS = 16, TIMER0_HANDLER = SYSTEM_HANDLERS + 8 };

extern const struct board_vectors __interrupt_vector;

__attribute__((section(".data.init.enter"), aligned(128), used)) const struct board_vectors {
  char *stack_top;
  board_vector *handlers[TIMER0_HANDLER];
} __interrupt_vector = {
    .stack_top = __stack,
    .handlers =
        {
            [0] = _start,
            [1] = board_unexpected, /* NMI */
            [2] = board_unexpected, /* HardFault */
            [3] = board_unexpected, /* MemManage */
            [4] = board_unexpected, /* BusFault */
            [5] = board_unexpected, /* UsageFault */
            [TIMER0_HANDLER - 1] = timer0_isr,
        },
};
