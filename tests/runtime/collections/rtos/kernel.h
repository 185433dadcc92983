/* The kernels that the ports for an RTOS are tested on. The declarations of FreeRTOS and Zephyr
 * (freertos/, zephyr/) are written upon these calls, and there are two to link: kernel.c, of one
 * thread, where time passes while it sleeps and an interrupt comes when asked; kernel_threads.c, of
 * many. Both count what the real kernel forbids. */
#ifndef WEIR_TESTS_KERNEL_H
#define WEIR_TESTS_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

#define KERNEL_FOR_EVER UINT32_MAX

/* What a thread sleeps on: a notification, or a semaphore. */
struct kernel_bell {
  unsigned given;
};

/* Critical sections nest: how deep it was, and back to that. */
unsigned kernel_mask(void);
void kernel_unmask(unsigned depth);
void kernel_unmask_once(void);

bool kernel_in_interrupt(void);

/* Notes a call that the real kernel forbids. */
void kernel_forbid(bool it_is);

/* An API function that is forbidden in a critical section. */
void kernel_api(void);

uint32_t kernel_ticks(void);

/* The bell of the calling thread. */
struct kernel_bell *kernel_self(void);

/* One more, up to the most it holds. */
void kernel_give(struct kernel_bell *bell, unsigned most);

/* Sleeps until something is given, or for so many ticks; then takes all there is. */
bool kernel_take(struct kernel_bell *bell, uint32_t ticks);

#endif
