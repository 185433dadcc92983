/* The one list of outcomes that a call can report. */
#ifndef WEIR_RESULT_H
#define WEIR_RESULT_H

enum weir_result {
  WEIR_OK = 0,
  WEIR_ARENA_TOO_SMALL, /* no room for the control data and one smallest block */
  WEIR_ARENA_TOO_LARGE, /* more granules than a link can name: build with WEIR_HEAP_LINK_BITS=32 */
};

#endif
