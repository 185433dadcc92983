/* The port for FreeRTOS on one core: the executor runs in a task of the kernel's, and that task and
 * those that block (weir/blocking.h) sleep in their task notifications. Written against the
 * documented API, for kernels of version 10.4 and later whose port has xPortIsInsideInterrupt. One
 * executor in the system; notification index 0 of its task, and of one that blocks while it does,
 * is this file's. A task that starts to block loses what it was notified of there before.
 *
 * Interrupt handlers that free, send or wake have a priority that the kernel lets call its
 * ...FromISR functions. FreeRTOS allows none of its API in a critical section, while weir wakes
 * there: so a wake only takes note, and whoever leaves the outermost section rings.
 *
 * Sources: FreeRTOS reference, "taskENTER_CRITICAL", "taskENTER_CRITICAL_FROM_ISR",
 * "ulTaskNotifyTake", "vTaskNotifyGiveFromISR". */
#include "rtos_sleep.h"

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

weir_port_mask weir_port_critical_enter(void) {
  weir_port_mask before = 0;
  if (xPortIsInsideInterrupt())
    before = (weir_port_mask)taskENTER_CRITICAL_FROM_ISR();
  else
    taskENTER_CRITICAL();
  depth++;
  return before;
}

static void ring(const struct weir_port_thread *thread) {
  BaseType_t switch_task = pdFALSE;
  if (!xPortIsInsideInterrupt()) {
    (void)xTaskNotifyGive(thread->bell);
    return;
  }
  vTaskNotifyGiveFromISR(thread->bell, &switch_task);
  portYIELD_FROM_ISR(switch_task);
}

void weir_port_critical_leave(weir_port_mask before) {
  struct weir_port_thread *all = leave_section();
  if (xPortIsInsideInterrupt())
    taskEXIT_CRITICAL_FROM_ISR((UBaseType_t)before);
  else
    taskEXIT_CRITICAL();
  ring_all(all);
}

weir_ticks weir_port_now(void) {
  TickType_t ticks = xPortIsInsideInterrupt() ? xTaskGetTickCountFromISR() : xTaskGetTickCount();
  return (weir_ticks)ticks * TICK_MS;
}

/* Ticks of the kernel until the deadline, rounded up. Outside the section. */
static TickType_t time_left(const weir_ticks *deadline) {
  weir_ticks now = weir_port_now();
  if (deadline == NULL)
    return portMAX_DELAY;
  return weir_ticks_reached(now, *deadline)
             ? 0
             : (TickType_t)((*deadline - now + TICK_MS - 1) / TICK_MS);
}

static void open_section(void) {
  depth = 0;
  taskEXIT_CRITICAL();
}

static void shut_section(void) {
  taskENTER_CRITICAL();
  depth = 1;
}

/* A ring that comes before the call is kept in the notification. */
static bool wait_for_bell(struct weir_port_thread *self, const weir_ticks *deadline) {
  (void)self;
  return ulTaskNotifyTake(pdTRUE, time_left(deadline)) != 0;
}

/* Whoever is idle first is it; back at once, for nobody could ring it before. */
static bool find_bell_of_executor(void) {
  if (executor.bell != NULL)
    return true;
  open_section();
  executor.bell = xTaskGetCurrentTaskHandle();
  shut_section();
  return false;
}

void weir_port_thread_sleep(struct weir_port_thread *self, const weir_ticks *deadline) {
  self->bell = xTaskGetCurrentTaskHandle();
  (void)ulTaskNotifyTake(pdTRUE, 0); /* what rang before is not the ring that will be owed */
  weir_port_mask before = weir_port_critical_enter();
  sleep_in_section(self, deadline);
  weir_port_critical_leave(before);
}
