/* The firmware as it usually starts out: an unmodified JSON library, and printf.
 *
 * It works on the bench. Both the library and printf take memory from the C heap, and nobody
 * who reads this file can see it: there is no malloc here.
 */
#include "cJSON.h"
#include "messages.h"

#include <stdio.h>

static void answer(const char *text) {
  cJSON *message = cJSON_Parse(text);
  if (message == NULL) {
    /* Out of memory and bad JSON look alike here; the sender is told the same for both. */
    printf("NAK\n");
    return;
  }
  const cJSON *id = cJSON_GetObjectItemCaseSensitive(message, "id");
  const cJSON *command = cJSON_GetObjectItemCaseSensitive(message, "command");
  if (cJSON_IsNumber(id) && cJSON_IsString(command))
    printf("ACK %d %s\n", id->valueint, command->valuestring);
  cJSON_Delete(message);
}

int main(void) {
  for (int i = 0; i < MESSAGE_COUNT; i++)
    answer(messages[i]);
  return 0;
}
