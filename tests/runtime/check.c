#include "check.h"

#include "weir/fatal.h"

#if __STDC_HOSTED__
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

static jmp_buf jump;
#define SET_JUMP() setjmp(jump)
#define JUMP() longjmp(jump, 1)

void check_print(const char *text) { fputs(text, stdout); }

static _Noreturn void give_up(void) {
  fflush(stdout);
  exit(1);
}
#else
#include "target/target.h"

static void *jump[5];
#define SET_JUMP() __builtin_setjmp(jump)
#define JUMP() __builtin_longjmp(jump, 1)

void check_print(const char *text) { target_print(text); }

static _Noreturn void give_up(void) { target_exit(1); }
#endif

static volatile bool fatal_expected;
static int fatal_kind;
static const void *fatal_pointer;
static uint32_t tests;
static uint32_t checks;
static uint32_t failures;
static const char *running = "?";

void check_print_number(uint64_t number) {
  char digits[21];
  char *at = &digits[sizeof digits - 1];
  *at = '\0';
  do
    *--at = (char)('0' + number % 10);
  while ((number /= 10) != 0);
  check_print(at);
}

static void fail(const char *file, int line, const char *text) {
  failures++;
  check_print(file);
  check_print(":");
  check_print_number((uint64_t)line);
  check_print(": failed in ");
  check_print(running);
  check_print(": ");
  check_print(text);
  check_print("\n");
  if (failures >= 20)
    give_up();
}

void check_that(bool holds, const char *file, int line, const char *text) {
  checks++;
  if (!holds)
    fail(file, line, text);
}

void check_equal(uint64_t left, uint64_t right, const char *file, int line, const char *text) {
  checks++;
  if (left == right)
    return;
  fail(file, line, text);
  check_print("    ");
  check_print_number(left);
  check_print(" is not ");
  check_print_number(right);
  check_print("\n");
}

void check_run(void (*test)(void), const char *name) {
  running = name;
  tests++;
  test();
}

uint32_t check_failures(void) { return failures; }

int check_summary(const char *name) {
  check_print(name);
  check_print(": ");
  check_print_number(tests);
  check_print(" tests, ");
  check_print_number(checks);
  check_print(" checks, ");
  check_print_number(failures);
  check_print(" failed\n");
  return failures == 0 ? 0 : 1;
}

_Noreturn void weir_fatal(enum weir_fatal_kind kind, const void *pointer) {
  fatal_kind = (int)kind;
  fatal_pointer = pointer;
  if (!fatal_expected) {
    fail("weir_fatal", (int)kind, "was not expected");
    give_up();
  }
  JUMP();
}

/* Whether the call came back by itself. */
static bool returns(void (*act)(void *), void *context) {
  if (SET_JUMP() != 0)
    return false;
  act(context);
  return true;
}

void check_fatal(void (*act)(void *), void *context, int kind, const void *pointer,
                 const char *file, int line) {
  fatal_expected = true;
  bool returned = returns(act, context);
  fatal_expected = false;
  check_that(!returned, file, line, "ends in weir_fatal");
  if (returned)
    return;
  check_equal((uint64_t)fatal_kind, (uint64_t)kind, file, line, "kind of weir_fatal");
  check_that(fatal_pointer == pointer, file, line, "pointer of weir_fatal");
}
