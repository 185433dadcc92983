#include "hardware.h"

#include "timer.h"
#include "weir/port.h"

static struct {
  struct weir_heap *heap;
  _Atomic uint32_t ms;
  struct {
    void *block;
    struct weir_layout layout;
    uint32_t until_ms;
  } frame;
  struct transmission *first, **last;
} hardware;

void hardware_start(struct weir_heap *heap) {
  hardware.heap = heap;
  hardware.last = &hardware.first;
  timer0_start();
}

uint32_t hardware_ms(void) { return hardware.ms; }

void display_show(void *frame, struct weir_layout layout, uint32_t until_ms) {
  const weir_port_mask mask = weir_port_critical_enter();
  hardware.frame.block = frame;
  hardware.frame.layout = layout;
  hardware.frame.until_ms = until_ms;
  weir_port_critical_leave(mask);
}

void transmitter_send(struct transmission *transmission) {
  transmission->next = NULL;
  transmission->ms_left = TRANSMISSION_MS;
  transmission->done = false;
  const weir_port_mask mask = weir_port_critical_enter();
  *hardware.last = transmission;
  hardware.last = &transmission->next;
  weir_port_critical_leave(mask);
}

static void display_tick(void) {
  if (hardware.frame.block == NULL || hardware.ms < hardware.frame.until_ms)
    return;
  weir_heap_free(hardware.heap, hardware.frame.block, hardware.frame.layout);
  hardware.frame.block = NULL;
}

static void transmitter_tick(void) {
  struct transmission *sent = hardware.first;
  if (sent == NULL || --sent->ms_left != 0)
    return;
  hardware.first = sent->next;
  if (hardware.first == NULL)
    hardware.last = &hardware.first;
  weir_heap_free(hardware.heap, sent->block, sent->layout);
  sent->done = true;
  weir_waker_wake(sent->waker);
}

void timer0_isr(void);
void timer0_isr(void) {
  timer0_acknowledge();
  weir_port_tick();
  hardware.ms++;
  display_tick();
  transmitter_tick();
}
