/* What the bench asks of an allocator. The header named by BENCH_ALLOCATOR answers with four inline
 * functions, so that a measured call is the allocator's own and not a wrapper's:
 *
 *   bool bench_start(void *arena, size_t bytes)            forget everything, live in this arena
 *   void *bench_alloc(size_t size, size_t align)           or NULL
 *   void bench_free(void *p, size_t size, size_t align)
 *   void bench_settle(void)                                finish one free that was put off
 *
 * and with BENCH_SETTLES, 1 when a free is put off, 0 when bench_settle has nothing to do. */
#ifndef BENCH_ALLOCATOR_H
#define BENCH_ALLOCATOR_H

#include <stdbool.h>
#include <stddef.h>

#include BENCH_ALLOCATOR

#endif
