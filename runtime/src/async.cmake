# The waiting half of the runtime; included by runtime/CMakeLists.txt.
target_sources(weir_runtime PRIVATE
  src/waiters.c
  src/alloc.c
  src/timed_alloc.c
  src/timer.c
  src/executor.c
)
