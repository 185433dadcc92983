/* The build options of the heap and what follows from them. The public headers and the layout of
 * struct weir_heap depend on none of them. */
#ifndef WEIR_CONFIG_H
#define WEIR_CONFIG_H

#include <stdint.h>

#include "weir/heap.h"

/* 1: every free is checked, one tag bit per granule. 0: nothing is, one tag bit per two granules.
 */
#ifndef WEIR_CHECKS
#define WEIR_CHECKS 1
#endif

/* Width of the links in free blocks and list heads. 16 bits halve the list heads and reach 512 KiB,
 * which is what a 32-bit microcontroller has; 32 bits reach 2 GiB. */
#ifndef WEIR_HEAP_LINK_BITS
#if UINTPTR_MAX > UINT32_MAX
#define WEIR_HEAP_LINK_BITS 32
#else
#define WEIR_HEAP_LINK_BITS 16
#endif
#endif

/* The most granules of an arena, and the words for the masks of the lists that takes. */
#if WEIR_HEAP_LINK_BITS == 16
typedef uint16_t __attribute__((may_alias)) weir_link;
#define WEIR_GRANULES_MAX UINT32_C(0xffff)
#define WEIR_MASK_WORDS 4
#elif WEIR_HEAP_LINK_BITS == 32
typedef uint32_t __attribute__((may_alias)) weir_link;
#define WEIR_GRANULES_MAX (UINT32_C(1) << 28)
#define WEIR_MASK_WORDS 8
#else
#error "WEIR_HEAP_LINK_BITS is 16 or 32"
#endif

#define WEIR_BLOCK_MIN_GRANULES (WEIR_HEAP_BLOCK_MIN / WEIR_HEAP_GRANULE)

/* A block of at most so many granules is small: it has a list of its exact size, and a request for
 * one is served from the low end of memory. */
#define WEIR_SMALL_GRANULES 16u

#define WEIR_ZONES 16u

/* 1: small blocks that were freed are kept by size for the next request of that very size, see
 * quick.h. 0: all are merged at once, and nothing of it is compiled. */
#ifndef WEIR_QUICK
#if UINTPTR_MAX > UINT32_MAX
#define WEIR_QUICK 1
#else
#define WEIR_QUICK 0
#endif
#endif

/* The granules of the largest block that is kept, and the part of the heap that is kept at most.
 * Twice of each spare a host a sixth of its time; where memory is short they cost more of it than
 * that is worth, see DESIGN.md. */
#if UINTPTR_MAX > UINT32_MAX
#define WEIR_QUICK_GRANULES 32u
#define WEIR_QUICK_SHARE_LOG2 3
#else
#define WEIR_QUICK_GRANULES 16u
#define WEIR_QUICK_SHARE_LOG2 4
#endif
#define WEIR_QUICK_BYTES ((size_t)WEIR_QUICK_GRANULES * WEIR_HEAP_GRANULE)

/* One allocation sorts so many deferred blocks at most. */
#define WEIR_QUICK_STEP 16u

/* 1: the least code. 0: the common cases have a way of their own. Unless said, as the compiler is
 * told to optimise. */
#ifndef WEIR_SMALL_CODE
#ifdef __OPTIMIZE_SIZE__
#define WEIR_SMALL_CODE 1
#else
#define WEIR_SMALL_CODE 0
#endif
#endif

/* What comes where a quick list gives nothing, or takes nothing: a function of its own then, so
 * that the way of most allocations and frees saves no registers for it. */
#if WEIR_QUICK
#define WEIR_SECOND_STEP static WEIR_OUT_OF_LINE
#else
#define WEIR_SECOND_STEP WEIR_STEP
#endif

/* A step of allocating or draining. Built for speed, the steps of one path are one function: calls
 * between them would be a third of its instructions. Built for size, the compiler decides. */
#define WEIR_OUT_OF_LINE __attribute__((noinline))
#define WEIR_UNROLL_3 _Pragma("GCC unroll 3")
#if WEIR_SMALL_CODE
#define WEIR_STEP static inline
#define WEIR_GENERAL static
#else
#define WEIR_STEP static inline __attribute__((always_inline))
#define WEIR_GENERAL static WEIR_OUT_OF_LINE
#endif

#endif
