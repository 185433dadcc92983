/* Each event of the owner's is a moment at which an interrupt may come. */
#ifndef WEIR_TESTS_EXPLORE_TRACE_H
#define WEIR_TESTS_EXPLORE_TRACE_H

void fake_port_moment(void);

#define WEIR_TRACE_REQUEST(heap, layout) fake_port_moment()
#define WEIR_TRACE_WAIT(heap, waiter) fake_port_moment()
#define WEIR_TRACE_GRANT(heap, pointer, layout) fake_port_moment()
#define WEIR_TRACE_CANCEL(heap, waiter) fake_port_moment()

#endif
