/* The program that was recorded (../recorded): what it did to its heap, in order. An operation is
 * the size of an allocation, whose block goes to the lowest free slot, or the slot of a block that
 * is freed, with the highest bit set. */
#ifndef BENCH_RECORDED_H
#define BENCH_RECORDED_H

#include <stdint.h>

#define RECORDED_FREE UINT32_C(0x80000000)

extern const uint32_t recorded_operations[];
extern const uint32_t recorded_count;
extern const uint32_t recorded_slots; /* that are ever in use at once */
extern const uint32_t recorded_peak;  /* requested bytes that ever live at once */

#endif
