/* As much of FreeRTOS's documented API as the port uses, on the tests' kernel. */
#ifndef WEIR_TESTS_FREERTOS_TASK_H
#define WEIR_TESTS_FREERTOS_TASK_H

#include "FreeRTOS.h"

typedef struct kernel *TaskHandle_t;

static inline void taskENTER_CRITICAL(void) {
  kernel.forbidden += kernel.in_interrupt;
  kernel_mask();
}
static inline void taskEXIT_CRITICAL(void) {
  kernel.forbidden += kernel.in_interrupt;
  kernel_unmask();
}
static inline UBaseType_t taskENTER_CRITICAL_FROM_ISR(void) {
  kernel.forbidden += !kernel.in_interrupt;
  return kernel.masked++;
}
static inline void taskEXIT_CRITICAL_FROM_ISR(UBaseType_t before) {
  kernel.forbidden += !kernel.in_interrupt;
  kernel.masked = (unsigned)before;
}
static inline TaskHandle_t xTaskGetCurrentTaskHandle(void) {
  kernel_api();
  return &kernel;
}
static inline TickType_t xTaskGetTickCount(void) {
  kernel.forbidden += kernel.in_interrupt;
  return kernel.ticks;
}
static inline TickType_t xTaskGetTickCountFromISR(void) {
  kernel.forbidden += !kernel.in_interrupt;
  return kernel.ticks;
}
static inline BaseType_t xTaskNotifyGive(TaskHandle_t task) {
  kernel.forbidden += kernel.in_interrupt || task != &kernel;
  kernel.given++;
  kernel.gives++;
  kernel_api();
  return pdTRUE;
}
static inline void vTaskNotifyGiveFromISR(TaskHandle_t task, BaseType_t *switch_task) {
  kernel.forbidden += !kernel.in_interrupt || task != &kernel;
  kernel_api();
  kernel.given++;
  kernel.gives++;
  *switch_task = pdTRUE;
}
static inline uint32_t ulTaskNotifyTake(BaseType_t clear, TickType_t ticks) {
  kernel.forbidden += clear != pdTRUE;
  kernel_sleep(ticks);
  return 0;
}

#endif
