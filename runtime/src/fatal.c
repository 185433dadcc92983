#include "weir/fatal.h"

__attribute__((weak)) _Noreturn void weir_fatal(enum weir_fatal_kind kind, const void *pointer) {
  (void)kind, (void)pointer;
  __builtin_trap();
}
