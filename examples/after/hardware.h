/* The hardware around the firmware, played by one timer interrupt a millisecond: a display that
 * lets go of its frame buffer after a while, and a transmitter that reads messages from memory and
 * gives that memory back when they are out. Both give back from inside the interrupt handler. */
#ifndef EXAMPLES_HARDWARE_H
#define EXAMPLES_HARDWARE_H

#include "weir/heap.h"
#include "weir/waker.h"

#include <stdatomic.h>
#include <stdint.h>

enum { TRANSMISSION_MS = 8 };

/* A block on its way out. The caller's, untouched until `done`. */
struct transmission {
  struct transmission *next;
  void *block;
  struct weir_layout layout;
  const struct weir_waker *waker;
  uint32_t ms_left;
  atomic_bool done;
};

/* Start the interrupts. Blocks are given back to `heap`. */
void hardware_start(struct weir_heap *heap);

/* Milliseconds since hardware_start. Any context. */
uint32_t hardware_ms(void);

/* Show a frame: the display owns the block until `until_ms`, then gives it back. Task only. */
void display_show(void *frame, struct weir_layout layout, uint32_t until_ms);

/* Send a block: the transmitter owns it, and gives it back when it is out. Messages go one after
 * the other, each for TRANSMISSION_MS. Wakes when done. Task only. */
void transmitter_send(struct transmission *transmission);

#endif
