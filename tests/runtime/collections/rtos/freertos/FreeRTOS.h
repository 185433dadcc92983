/* As much of FreeRTOS's documented API as the port uses, on the tests' kernel. */
#ifndef WEIR_TESTS_FREERTOS_H
#define WEIR_TESTS_FREERTOS_H

#include "kernel.h"

#define configTICK_RATE_HZ 500
#define configNUMBER_OF_CORES 1

typedef long BaseType_t;
typedef unsigned long UBaseType_t;
typedef uint32_t TickType_t;
#define pdFALSE 0
#define pdTRUE 1
#define portMAX_DELAY UINT32_MAX

static inline BaseType_t xPortIsInsideInterrupt(void) { return kernel_in_interrupt(); }
#define portYIELD_FROM_ISR(switch_task) ((void)(switch_task), kernel_forbid(!kernel_in_interrupt()))

#endif
