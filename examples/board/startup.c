/* Start-up code for the mps2-an385 (Cortex-M3) with newlib: vector table, data, bss, main.
 *
 * Our own and not newlib's crt0, because crt0 registers exit handlers and so keeps malloc alive
 * in every image, even one whose main is empty.
 */
#include "semihosting.h"

#include <stdint.h>

extern uint32_t board_stack_top[];
extern uint32_t board_data_load[], board_data_start[], board_data_end[];
extern uint32_t board_bss_start[], board_bss_end[];

extern int main(void);

void board_reset(void);
void board_unexpected(void);

void board_reset(void) {
  const uint32_t *from = board_data_load;
  for (uint32_t *to = board_data_start; to < board_data_end; to++)
    *to = *from++;
  for (uint32_t *to = board_bss_start; to < board_bss_end; to++)
    *to = 0;
  semihosting_exit(main());
}

void board_unexpected(void) { semihosting_exit(255); }

typedef void board_vector(void);

__attribute__((section(".vectors"), used)) static const struct {
  uint32_t *stack_top;
  board_vector *handlers[15];
} board_vectors = {
    .stack_top = board_stack_top,
    .handlers =
        {
            board_reset,
            board_unexpected, /* NMI */
            board_unexpected, /* HardFault */
            board_unexpected, /* MemManage */
            board_unexpected, /* BusFault */
            board_unexpected, /* UsageFault */
        },
};
