/* Six events of a heap's life. Each expands to nothing unless WEIR_TRACE_HEADER names a header
 * (with its quotes) that defines the macro. An event's arguments have no side effects. FREE may
 * come from any context, the others come from the heap's owner.
 *
 *            INIT
 *   REQUEST --+--> GRANT ------> FREE
 *             +--> WAIT --+--> GRANT
 *                         +--> CANCEL
 *
 * A REQUEST that nothing follows was refused. What is dropped after it was granted is a FREE, then
 * a CANCEL. A group has a REQUEST, a GRANT and a FREE for each part, but one WAIT and one CANCEL.
 * So between GRANT and FREE of a pointer a block is used, or about to be. What grows or shrinks
 * where it is tells nothing, and is freed with its new size.
 */
#ifndef WEIR_TRACE_H
#define WEIR_TRACE_H

#ifdef WEIR_TRACE_HEADER
#include WEIR_TRACE_HEADER
#endif

#ifndef WEIR_TRACE_INIT
#define WEIR_TRACE_INIT(heap) ((void)0)
#endif
#ifndef WEIR_TRACE_REQUEST
#define WEIR_TRACE_REQUEST(heap, layout) ((void)0)
#endif
#ifndef WEIR_TRACE_WAIT
#define WEIR_TRACE_WAIT(heap, waiter) ((void)0)
#endif
#ifndef WEIR_TRACE_GRANT
#define WEIR_TRACE_GRANT(heap, pointer, layout) ((void)0)
#endif
#ifndef WEIR_TRACE_CANCEL
#define WEIR_TRACE_CANCEL(heap, waiter) ((void)0)
#endif
#ifndef WEIR_TRACE_FREE
#define WEIR_TRACE_FREE(heap, pointer, layout) ((void)0)
#endif

#endif
