/* Lines of words and numbers on the standard output, on a host and through semihosting alike. */
#ifndef BENCH_OUTPUT_H
#define BENCH_OUTPUT_H

#include <stdint.h>

void output_word(const char *word);
void output_number(uint32_t number);
void output_line(void);

/* Ends the program with status 2 and says why. */
_Noreturn void output_fail(const char *what, const char *why);

/* The words the program was called with, ended by NULL. */
#define OUTPUT_ARGUMENTS_MAX 16
const char *const *output_arguments(int argc, char **argv);

#endif
