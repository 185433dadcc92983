/* The tests' own harness: runs on a host and, without a C library, on a target.
 *
 *   static void a_block_is_aligned(void) { CHECK(...); CHECK_EQUAL(..., ...); }
 *   int main(void) {
 *     RUN(a_block_is_aligned);
 *     return check_summary("heap/contract");
 *   }
 *
 * The last line printed is "<name>: <tests> tests, <checks> checks, <failures> failed". */
#ifndef WEIR_TESTS_CHECK_H
#define WEIR_TESTS_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#define CHECK(condition) check_that((condition), __FILE__, __LINE__, #condition)
#define CHECK_EQUAL(left, right)                                                                   \
  check_equal((uint64_t)(left), (uint64_t)(right), __FILE__, __LINE__, #left " == " #right)
#define RUN(test) check_run(test, #test)

/* Expect that `act(context)` ends in weir_fatal with `kind` for `pointer`. */
#define CHECK_FATAL(act, context, kind, pointer)                                                   \
  check_fatal((act), (context), (int)(kind), (pointer), __FILE__, __LINE__)

void check_that(bool holds, const char *file, int line, const char *text);
void check_equal(uint64_t left, uint64_t right, const char *file, int line, const char *text);
void check_run(void (*test)(void), const char *name);
int check_summary(const char *name);
uint32_t check_failures(void);
void check_print(const char *text);
void check_print_number(uint64_t number);

void check_fatal(void (*act)(void *), void *context, int kind, const void *pointer,
                 const char *file, int line);

#endif
