#include "messages.h"

const char *const messages[MESSAGE_COUNT] = {
    "{\"id\": 1, \"command\": \"set\", \"channel\": 4, \"value\": 21.5}",
    "{\"id\": 2, \"command\": \"set\", \"channel\": 5, \"value\": 3}",
    "{\"id\": 3, \"command\": \"report\", \"channels\": [1, 2, 3, 4, 5]}",
    "{\"id\": 4, \"command\": \"set\", \"channel\": 6, \"value\": 0.125}",
    "{\"id\": 5, \"command\": \"trace\", \"depth\": 16}",
    "{\"id\": 6, \"command\": \"report\", \"channels\": [7]}",
};
