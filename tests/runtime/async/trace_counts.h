/* Each event of a heap's life, told to the test. */
#ifndef WEIR_TESTS_TRACE_COUNTS_H
#define WEIR_TESTS_TRACE_COUNTS_H

#include <stddef.h>

void trace_request(void);
void trace_wait(void);
void trace_cancel(void);
void trace_grant(const void *pointer, size_t size);
void trace_free(const void *pointer, size_t size);

#define WEIR_TRACE_REQUEST(heap, layout) trace_request()
#define WEIR_TRACE_WAIT(heap, waiter) trace_wait()
#define WEIR_TRACE_CANCEL(heap, waiter) trace_cancel()
#define WEIR_TRACE_GRANT(heap, pointer, layout) trace_grant(pointer, (layout).size)
#define WEIR_TRACE_FREE(heap, pointer, layout) trace_free(pointer, (layout).size)

#endif
