/* Two awaits on one line are one case twice: no compiler takes it. */
#include "weir/executor.h"

enum weir_poll twice_poll(struct weir_task *task);

/* clang-format off */
enum weir_poll twice_poll(struct weir_task *task) {
  WEIR_TASK_BEGIN(task);
  WEIR_YIELD(task); WEIR_YIELD(task);
  WEIR_TASK_END(task);
}
/* clang-format on */
