#include "output.h"

#include <stddef.h>

#define LINE_MAX_LENGTH 256

static char line[LINE_MAX_LENGTH];
static uint32_t length;

#ifdef __arm__

#include <stdbool.h>

#include "target.h"

#define SYS_WRITE0 0x04
#define SYS_GET_CMDLINE 0x15
#define SYS_EXIT_EXTENDED 0x20
#define ADP_STOPPED_APPLICATION_EXIT 0x20026

static uint32_t semihost(uint32_t operation, const void *argument) {
  register uint32_t r0 __asm("r0") = operation;
  register const void *r1 __asm("r1") = argument;
  __asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

/* The startup asks for these two as well. */
void target_print(const char *text) { (void)semihost(SYS_WRITE0, text); }

_Noreturn void target_exit(int status) {
  uint32_t block[2] = {ADP_STOPPED_APPLICATION_EXIT, (uint32_t)status};
  for (;;)
    (void)semihost(SYS_EXIT_EXTENDED, block);
}

#define put target_print
#define leave target_exit

static char command[LINE_MAX_LENGTH];
static const char *words[OUTPUT_ARGUMENTS_MAX + 1];

const char *const *output_arguments(int argc, char **argv) {
  (void)argc, (void)argv;
  struct {
    char *text;
    uint32_t length;
  } block = {command, sizeof command};
  if (semihost(SYS_GET_CMDLINE, &block) != 0)
    output_fail("command line", "the emulator gave none");
  uint32_t count = 0;
  bool inside = false;
  for (char *at = command; *at != '\0' && count < OUTPUT_ARGUMENTS_MAX; at++) {
    bool blank = *at == ' ';
    if (!blank && !inside)
      words[count++] = at;
    if (blank)
      *at = '\0';
    inside = !blank;
  }
  return words;
}

#else

#include <stdio.h>
#include <stdlib.h>

static void put(const char *text) { (void)fputs(text, stdout); }

static _Noreturn void leave(int status) { exit(status); }

const char *const *output_arguments(int argc, char **argv) {
  (void)argc;
  return (const char *const *)argv;
}

#endif

void output_word(const char *word) {
  if (length != 0)
    line[length++] = ' ';
  for (; *word != '\0' && length < LINE_MAX_LENGTH - 2; word++)
    line[length++] = *word;
}

void output_number(uint32_t number) {
  char digits[11];
  uint32_t at = sizeof digits - 1;
  digits[at] = '\0';
  do
    digits[--at] = (char)('0' + number % 10);
  while ((number /= 10) != 0);
  output_word(&digits[at]);
}

void output_line(void) {
  line[length++] = '\n';
  line[length] = '\0';
  length = 0;
  put(line);
}

_Noreturn void output_fail(const char *what, const char *why) {
  output_word("error");
  output_word(what);
  output_word(why);
  output_line();
  leave(2);
}
