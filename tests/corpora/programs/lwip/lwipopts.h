// A stack without an operating system, over its loop interface. NOMALLOC: all memory in pools.
#ifndef WEIR_CORPORA_LWIPOPTS_H
#define WEIR_CORPORA_LWIPOPTS_H

#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_SOCKET 0
#define LWIP_NETCONN 0
#define LWIP_HAVE_LOOPIF 1
#define LWIP_NETIF_LOOPBACK 1
#define LWIP_DHCP 1
#define LWIP_DNS 1
#define LWIP_IGMP 1
#define LWIP_RAW 1
#define MEM_ALIGNMENT 8
#define MEMP_NUM_TCP_SEG 32
#define PBUF_POOL_SIZE 32
#define TCP_MSS 1000
#define TCP_SND_BUF 4000

#ifdef NOMALLOC
#define MEM_USE_POOLS 1
#define MEMP_USE_CUSTOM_POOLS 1
#else
#define MEM_LIBC_MALLOC 1
#define MEMP_MEM_MALLOC 1
#endif

#endif
