/* Words that several contexts read and write.
 *
 * Where the core can compare and swap they are C11 atomics. Where it cannot (ARMv6-M, RISC-V
 * without A) there is one core and an aligned load or store is one instruction; compilers then
 * still make calls of atomic ones, to functions that bare metal does not have. So they are volatile
 * there, and what must be one step longer than a load or a store runs in a critical section.
 *
 * C++ sees their layout only, which is the same: it touches none of them but through the library.
 */
#ifndef WEIR_SHARED_H
#define WEIR_SHARED_H

#ifdef __cplusplus

#define WEIR_SHARED volatile

#else

#include <stdatomic.h>

#if ATOMIC_POINTER_LOCK_FREE == 2

#define WEIR_HAS_COMPARE_AND_SWAP 1
#define WEIR_SHARED _Atomic

/* Whole, but in no order with what is around. */
#define weir_shared_peek(word) atomic_load_explicit((word), memory_order_relaxed)
#define weir_shared_poke(word, value) atomic_store_explicit((word), (value), memory_order_relaxed)

/* In one order with all others of these, the same for every context. */
#define weir_shared_load(word) atomic_load(word)
#define weir_shared_store(word, value) atomic_store((word), (value))

#else

#define WEIR_HAS_COMPARE_AND_SWAP 0
#define WEIR_SHARED volatile

#define weir_shared_peek(word) (*(word))
#define weir_shared_poke(word, value) ((void)(*(word) = (value)))

/* One core is in order with itself; the fences hold the compiler to it, link-time optimisation
 * included. */
#define weir_shared_load(word) (atomic_signal_fence(memory_order_seq_cst), *(word))
#define weir_shared_store(word, value)                                                             \
  (atomic_signal_fence(memory_order_seq_cst), (void)(*(word) = (value)),                           \
   atomic_signal_fence(memory_order_seq_cst))

#endif
#endif
#endif
