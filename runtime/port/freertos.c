/* The port for FreeRTOS on one core: the executor runs in a task of the kernel's and sleeps in its
 * task notification. Written against the documented API, for kernels of version 10.4 and later
 * whose port has xPortIsInsideInterrupt. One executor in the system; notification index 0 of its
 * task is this file's.
 *
 * Interrupt handlers that free, send or wake have a priority that the kernel lets call its
 * ...FromISR functions. FreeRTOS allows none of its API in a critical section, while weir wakes
 * there: so a wake only takes note, and whoever leaves the outermost section rings.
 *
 * Sources: FreeRTOS reference, "taskENTER_CRITICAL", "taskENTER_CRITICAL_FROM_ISR",
 * "ulTaskNotifyTake", "vTaskNotifyGiveFromISR". */
#include "rtos_sleep.h"

#include <stddef.h>

#include "FreeRTOS.h"
#include "task.h"

#if defined(configNUMBER_OF_CORES) && configNUMBER_OF_CORES > 1
#error "this port is for one core"
#endif
#if 1000 % configTICK_RATE_HZ != 0
#error "a tick is a whole number of milliseconds: configTICK_RATE_HZ divides 1000"
#endif
#define TICK_MS (1000 / configTICK_RATE_HZ)

_Static_assert(sizeof(TickType_t) >= sizeof(weir_ticks), "the tick count has 32 bits");

/* In the critical section. */
static TaskHandle_t sleeper; /* the executor's task, since it first was idle */

weir_port_mask weir_port_critical_enter(void) {
  weir_port_mask before = 0;
  if (xPortIsInsideInterrupt())
    before = (weir_port_mask)taskENTER_CRITICAL_FROM_ISR();
  else
    taskENTER_CRITICAL();
  depth++;
  return before;
}

static void notify(void) {
  BaseType_t switch_task = pdFALSE;
  if (!xPortIsInsideInterrupt()) {
    (void)xTaskNotifyGive(sleeper);
    return;
  }
  vTaskNotifyGiveFromISR(sleeper, &switch_task);
  portYIELD_FROM_ISR(switch_task);
}

void weir_port_critical_leave(weir_port_mask before) {
  bool now = leave_and_ring();
  if (xPortIsInsideInterrupt())
    taskEXIT_CRITICAL_FROM_ISR((UBaseType_t)before);
  else
    taskEXIT_CRITICAL();
  if (now)
    notify();
}

weir_ticks weir_port_now(void) {
  TickType_t ticks = xPortIsInsideInterrupt() ? xTaskGetTickCountFromISR() : xTaskGetTickCount();
  return (weir_ticks)ticks * TICK_MS;
}

/* Ticks of the kernel until the deadline, rounded up. Outside the section. */
static TickType_t time_left(bool until_deadline, weir_ticks deadline) {
  weir_ticks now = weir_port_now();
  if (!until_deadline)
    return portMAX_DELAY;
  return weir_ticks_reached(now, deadline) ? 0
                                           : (TickType_t)((deadline - now + TICK_MS - 1) / TICK_MS);
}

/* A wake that comes once the section is left is kept in the notification. */
static void sleep_outside(void) {
  bool until_deadline = armed;
  weir_ticks deadline = armed_deadline;
  asleep = sleeper != NULL;
  depth = 0;
  taskEXIT_CRITICAL();
  if (sleeper == NULL)
    sleeper = xTaskGetCurrentTaskHandle(); /* and back at once: nobody could ring before */
  else
    (void)ulTaskNotifyTake(pdTRUE, time_left(until_deadline, deadline));
  taskENTER_CRITICAL();
  depth = 1;
  asleep = false;
}
