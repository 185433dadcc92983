/* Where a detected mistake goes. */
#ifndef WEIR_FATAL_H
#define WEIR_FATAL_H

#ifdef __cplusplus
#define WEIR_NORETURN [[noreturn]]
#else
#define WEIR_NORETURN _Noreturn
#endif

enum weir_fatal_kind {
  WEIR_FATAL_FOREIGN,     /* the pointer is not inside this heap */
  WEIR_FATAL_MISALIGNED,  /* the pointer is no multiple of the granule or of its layout's align */
  WEIR_FATAL_DOUBLE_FREE, /* no live block starts there: freed before, or a block's middle */
  WEIR_FATAL_WRONG_SIZE,  /* a live block starts there, but it has another size */
  WEIR_FATAL_WRITE_AFTER_FREE, /* a block was written to between its free and its drain */
  WEIR_FATAL_NOBODY_CAN_WAIT, /* a request that may wait, to a heap (the pointer) without a queue */
};

/* Called with what was found and the block's pointer, from the context that found it, before
 * anything was changed; but after WEIR_FATAL_WRITE_AFTER_FREE the blocks that were listed behind
 * that one stay lost, for nothing tells where they are. It must not return: reset, log and halt, or
 * (in a test) longjmp away. The library's own definition traps; it is weak, so defining the
 * function replaces it. */
WEIR_NORETURN void weir_fatal(enum weir_fatal_kind kind, const void *pointer);

#endif
