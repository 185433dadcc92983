/* What newlib asks of the system below it: an output, and a heap that grows until it cannot. */
#include "semihosting.h"

#include <errno.h>
#include <stddef.h>
#include <sys/stat.h>

int _write(int file, const char *bytes, int count);
int _read(int file, char *bytes, int count);
int _close(int file);
int _lseek(int file, int offset, int whence);
int _fstat(int file, struct stat *status);
int _isatty(int file);
int _kill(int process, int signal);
int _getpid(void);
void _exit(int status);
void *_sbrk(ptrdiff_t increment);

int _write(int file, const char *bytes, int count) {
  (void)file;
  for (int i = 0; i < count; i++)
    semihosting_write(bytes[i]);
  return count;
}

int _read(int file, char *bytes, int count) {
  (void)file, (void)bytes, (void)count;
  return 0;
}

int _close(int file) {
  (void)file;
  return 0;
}

int _lseek(int file, int offset, int whence) {
  (void)file, (void)offset, (void)whence;
  return 0;
}

int _fstat(int file, struct stat *status) {
  (void)file;
  status->st_mode = S_IFCHR;
  return 0;
}

int _isatty(int file) {
  (void)file;
  return 1;
}

int _kill(int process, int signal) {
  (void)process, (void)signal;
  return -1;
}

int _getpid(void) { return 1; }

void _exit(int status) { semihosting_exit(status); }

void *_sbrk(ptrdiff_t increment) {
  extern char board_heap_start[], board_heap_end[];
  static char *end = board_heap_start;
  if (increment > board_heap_end - end) {
    errno = ENOMEM;
    return (void *)-1;
  }
  char *start = end;
  end += increment;
  return start;
}
