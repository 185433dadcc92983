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

/* Expect that `statement` ends in weir_fatal with `kind` for `pointer`, and that it changed nothing
 * that the rest of the test relies on. A local that changes in between must be volatile. */
#define CHECK_FATAL(statement, kind, pointer)                                                      \
  do {                                                                                             \
    if (check_fatal_arm() == 0) {                                                                  \
      statement;                                                                                   \
      check_fatal_missed(__FILE__, __LINE__, #statement);                                          \
    } else {                                                                                       \
      check_fatal_seen((int)(kind), (pointer), __FILE__, __LINE__, #statement);                    \
    }                                                                                              \
  } while (0)

void check_that(bool holds, const char *file, int line, const char *text);
void check_equal(uint64_t left, uint64_t right, const char *file, int line, const char *text);
void check_run(void (*test)(void), const char *name);
int check_summary(const char *name);
void check_print(const char *text);
void check_print_number(uint64_t number);

#if __STDC_HOSTED__
#include <setjmp.h>
extern jmp_buf check_fatal_jump;
#define check_fatal_arm() (check_fatal_armed = true, setjmp(check_fatal_jump))
#else
extern void *check_fatal_jump[5];
#define check_fatal_arm() (check_fatal_armed = true, __builtin_setjmp(check_fatal_jump))
#endif
extern bool check_fatal_armed;
void check_fatal_missed(const char *file, int line, const char *text);
void check_fatal_seen(int kind, const void *pointer, const char *file, int line, const char *text);

#endif
