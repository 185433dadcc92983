/* What arrives in the demo: the same messages for the firmware before and after weir. */
#ifndef EXAMPLES_MESSAGES_H
#define EXAMPLES_MESSAGES_H

enum { MESSAGE_COUNT = 6 };

/* JSON texts, NUL-terminated, in flash. */
extern const char *const messages[MESSAGE_COUNT];

#endif
