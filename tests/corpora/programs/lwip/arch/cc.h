// What lwIP asks of a compiler and a machine: a failed assertion stops, nothing is printed.
#ifndef WEIR_CORPORA_LWIP_CC_H
#define WEIR_CORPORA_LWIP_CC_H

#define LWIP_PLATFORM_DIAG(text)
#define LWIP_PLATFORM_ASSERT(text) __builtin_trap()
#define LWIP_RAND() 40000U

#endif
