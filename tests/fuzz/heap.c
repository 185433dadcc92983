/* The heap against its model, steered by a fuzzer: the first byte chooses the arena, the rest is
 * the script. A difference is a crash. */
#include "check.h"
#include "model.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static _Alignas(64) unsigned char arena[MODEL_GRANULES * WEIR_HEAP_GRANULE];
static struct model model;

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size) {
  if (size < 1)
    return 0;
  size_t skew = data[0] % 8;
  model_start(&model, arena + skew, ((size_t)512 << data[0] / 8 % 8) - skew);
  model_run(&model, data + 1, size - 1);
  model_compare(&model);
  model_finish(&model);
  if (check_failures() != 0)
    abort();
  return 0;
}
