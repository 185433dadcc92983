/* The containers against their model, steered by a fuzzer. A difference is a crash. */
#include "check.h"
#include "model.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size) {
  model_run(data, size);
  if (check_failures() != 0)
    abort();
  return 0;
}
