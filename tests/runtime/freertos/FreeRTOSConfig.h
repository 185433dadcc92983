/* The kernel as the test wants it: one core, static memory, all its checks. */
#ifndef WEIR_TESTS_FREERTOS_CONFIG_H
#define WEIR_TESTS_FREERTOS_CONFIG_H

#include <stdint.h>

#define configCPU_CLOCK_HZ 25000000UL /* of the emulated board */
#define configTICK_RATE_HZ 1000
#define configTICK_TYPE_WIDTH_IN_BITS TICK_TYPE_WIDTH_32_BITS
#define configMAX_PRIORITIES 5
#define configMINIMAL_STACK_SIZE 256
#define configMAX_TASK_NAME_LEN 8
#define configUSE_PREEMPTION 1
#define configUSE_TIME_SLICING 1
#define configUSE_MUTEXES 1
#define configUSE_TASK_NOTIFICATIONS 1
#define configSUPPORT_STATIC_ALLOCATION 1
#define configSUPPORT_DYNAMIC_ALLOCATION 0
#define configKERNEL_PROVIDED_STATIC_MEMORY 1
#define configCHECK_FOR_STACK_OVERFLOW 2
#define configUSE_IDLE_HOOK 1
#define configUSE_TICK_HOOK 1
#define INCLUDE_vTaskDelay 1
#define INCLUDE_vTaskDelete 1
#define INCLUDE_vTaskSuspend 1

/* In the priority register's own bits: the kernel's is the lowest. */
#define configKERNEL_INTERRUPT_PRIORITY 255
#define configMAX_SYSCALL_INTERRUPT_PRIORITY 64

#define vPortSVCHandler SVC_Handler
#define xPortPendSVHandler PendSV_Handler
#define xPortSysTickHandler SysTick_Handler

void kernel_assert(const char *file, int line);
#define configASSERT(holds)                                                                        \
  do {                                                                                             \
    if (!(holds))                                                                                  \
      kernel_assert(__FILE__, __LINE__);                                                           \
  } while (0)

#endif
