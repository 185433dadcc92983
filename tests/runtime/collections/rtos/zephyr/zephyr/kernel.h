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
  struct kernel_bell bell;
  unsigned limit;
};
#define K_SEM_DEFINE(name, initial, most) struct k_sem name = {{initial}, most}

static inline int k_sem_init(struct k_sem *sem, unsigned int initial, unsigned int limit) {
  *sem = (struct k_sem){{initial}, limit};
  return 0;
}
static inline unsigned int irq_lock(void) { return kernel_mask(); }
static inline void irq_unlock(unsigned int key) { kernel_unmask(key); }
static inline uint32_t k_uptime_get_32(void) { return kernel_ticks(); }
static inline void k_sem_give(struct k_sem *sem) {
  kernel_give(&sem->bell, sem->limit);
  kernel_api();
}
static inline int k_sem_take(struct k_sem *sem, k_timeout_t timeout) {
  return kernel_take(&sem->bell, timeout.ticks) ? 0 : -1;
}

#endif
