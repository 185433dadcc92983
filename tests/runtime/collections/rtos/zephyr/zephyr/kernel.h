/* As much of Zephyr's documented API as the port uses, on the tests' kernel. */
#ifndef WEIR_TESTS_ZEPHYR_KERNEL_H
#define WEIR_TESTS_ZEPHYR_KERNEL_H

#include "../../kernel.h"

typedef struct {
  uint32_t ticks;
} k_timeout_t;
#define K_FOREVER ((k_timeout_t){UINT32_MAX})
#define K_NO_WAIT ((k_timeout_t){0})
#define K_MSEC(ms) ((k_timeout_t){ms})

struct k_sem {
  unsigned limit;
};
#define K_SEM_DEFINE(name, initial, most) struct k_sem name = {(most) + (initial)}

static inline unsigned int irq_lock(void) {
  unsigned int before = kernel.masked;
  kernel_mask();
  return before;
}
static inline void irq_unlock(unsigned int key) {
  kernel.masked = key + 1;
  kernel_unmask();
}
static inline uint32_t k_uptime_get_32(void) { return kernel.ticks; }
static inline void k_sem_give(struct k_sem *sem) {
  kernel.forbidden += kernel.masked != 0;
  if (kernel.given < sem->limit)
    kernel.given++;
  kernel.gives++;
  kernel_moment();
}
static inline int k_sem_take(struct k_sem *sem, k_timeout_t timeout) {
  (void)sem;
  kernel_sleep(timeout.ticks);
  return 0;
}

#endif
