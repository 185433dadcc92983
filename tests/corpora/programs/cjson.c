// A document is parsed, changed, printed, compared, patched. NOMALLOC: by static hooks.
#include "cJSON.h"
#include "cJSON_Utils.h"

#include <string.h>

#ifdef NOMALLOC
#include "pool.h"

static void give(void *block) { (void)block; }
#endif

static const char text[] = "{\"name\":\"weir\",\"sizes\":[1,2.5,-3e2],\"on\":true,\"none\":null}";

static int change(cJSON *document) {
  cJSON *more = cJSON_AddArrayToObject(document, "more");
  const int numbers[] = {1, 2, 3};
  cJSON_AddItemToArray(more, cJSON_CreateIntArray(numbers, 3));
  cJSON_AddItemToArray(more, cJSON_CreateString("text \u00e9 \n"));
  cJSON_AddItemReferenceToObject(document, "again", more);
  cJSON_ReplaceItemInObject(document, "on", cJSON_CreateFalse());
  cJSON_DeleteItemFromObjectCaseSensitive(document, "none");
  return cJSON_GetArraySize(more) == 2;
}

static int patch(cJSON *document) {
  cJSON *copy = cJSON_Duplicate(document, 1);
  cJSON_AddNumberToObject(copy, "extra", 7);
  cJSON *patches = cJSONUtils_GeneratePatches(document, copy);
  int applied = cJSONUtils_ApplyPatches(document, patches) == 0;
  int same = cJSON_HasObjectItem(document, "extra") && !cJSON_Compare(patches, copy, 1);
  cJSON_Delete(patches);
  cJSON_Delete(copy);
  return applied && same;
}

static int print(cJSON *document) {
  char small[512];
  char *plain = cJSON_PrintUnformatted(document);
  char *pretty = cJSON_PrintBuffered(document, 8, 1);
  int good = plain && pretty && strstr(pretty, "extra") &&
             cJSON_PrintPreallocated(document, small, sizeof small, 0);
  cJSON_free(plain);
  cJSON_free(pretty);
  return good;
}

int main(void) {
#ifdef NOMALLOC
  cJSON_Hooks hooks = {pool_take, give};
  cJSON_InitHooks(&hooks);
#endif
  cJSON *document = cJSON_Parse(text);
  int good = document && patch(document) && change(document) && print(document);
  cJSON_Delete(document);
  return !good || cJSON_Parse("[1,") != NULL;
}
