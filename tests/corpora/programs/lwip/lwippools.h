// Included by lwIP wherever it makes something of each of the pools that mem_malloc takes from.
LWIP_MALLOC_MEMPOOL_START
LWIP_MALLOC_MEMPOOL(40, 256)
LWIP_MALLOC_MEMPOOL(20, 512)
LWIP_MALLOC_MEMPOOL(20, 1600)
LWIP_MALLOC_MEMPOOL_END
