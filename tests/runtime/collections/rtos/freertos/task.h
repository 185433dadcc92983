/* As much of FreeRTOS's documented API as the port uses, on the tests' kernel. */
#ifndef WEIR_TESTS_FREERTOS_TASK_H
#define WEIR_TESTS_FREERTOS_TASK_H

#include "FreeRTOS.h"

typedef struct kernel_bell *TaskHandle_t;

static inline void taskENTER_CRITICAL(void) {
  kernel_forbid(kernel_in_interrupt());
  (void)kernel_mask();
}
static inline void taskEXIT_CRITICAL(void) {
  kernel_forbid(kernel_in_interrupt());
  kernel_unmask_once();
}
static inline UBaseType_t taskENTER_CRITICAL_FROM_ISR(void) {
  kernel_forbid(!kernel_in_interrupt());
  return kernel_mask();
}
static inline void taskEXIT_CRITICAL_FROM_ISR(UBaseType_t before) {
  kernel_forbid(!kernel_in_interrupt());
  kernel_unmask((unsigned)before);
}
static inline TaskHandle_t xTaskGetCurrentTaskHandle(void) {
  kernel_api();
  return kernel_self();
}
static inline TickType_t xTaskGetTickCount(void) {
  kernel_forbid(kernel_in_interrupt());
  return kernel_ticks();
}
static inline TickType_t xTaskGetTickCountFromISR(void) {
  kernel_forbid(!kernel_in_interrupt());
  return kernel_ticks();
}
static inline BaseType_t xTaskNotifyGive(TaskHandle_t task) {
  kernel_forbid(kernel_in_interrupt());
  kernel_give(task, UINT32_MAX);
  kernel_api();
  return pdTRUE;
}
static inline void vTaskNotifyGiveFromISR(TaskHandle_t task, BaseType_t *switch_task) {
  kernel_forbid(!kernel_in_interrupt());
  kernel_api();
  kernel_give(task, UINT32_MAX);
  *switch_task = pdTRUE;
}
static inline uint32_t ulTaskNotifyTake(BaseType_t clear, TickType_t ticks) {
  kernel_forbid(clear != pdTRUE);
  return kernel_take(kernel_self(), ticks);
}

#endif
