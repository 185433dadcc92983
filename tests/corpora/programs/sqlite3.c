// A database in memory: tables, an index, a join, a window, text functions, an error. NOMALLOC:
// SQLITE_ZERO_MALLOC, and MEMSYS5 over a static buffer.
#include "sqlite3.h"

#include <string.h>

#ifdef ON_NO_SYSTEM
// A device without files: there is a VFS, and nothing in it.
static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out) {
  (void)vfs, (void)name, (void)flags, (void)out;
  file->pMethods = NULL;
  return SQLITE_CANTOPEN;
}
static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync) {
  (void)vfs, (void)name, (void)sync;
  return SQLITE_IOERR_DELETE;
}
static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *out) {
  (void)vfs, (void)name, (void)flags;
  *out = 0;
  return SQLITE_OK;
}
static int vfs_full_name(sqlite3_vfs *vfs, const char *name, int size, char *out) {
  (void)vfs;
  sqlite3_snprintf(size, out, "%s", name);
  return SQLITE_OK;
}
static int vfs_random(sqlite3_vfs *vfs, int size, char *out) {
  (void)vfs;
  memset(out, 7, (size_t)size);
  return size;
}
static int vfs_sleep(sqlite3_vfs *vfs, int microseconds) {
  (void)vfs;
  return microseconds;
}
static int vfs_now(sqlite3_vfs *vfs, double *out) {
  (void)vfs;
  *out = 2460000.5;
  return SQLITE_OK;
}

int sqlite3_os_init(void) {
  static sqlite3_vfs vfs = {.iVersion = 1,
                            .szOsFile = sizeof(sqlite3_file),
                            .mxPathname = 64,
                            .zName = "nothing",
                            .xOpen = vfs_open,
                            .xDelete = vfs_delete,
                            .xAccess = vfs_access,
                            .xFullPathname = vfs_full_name,
                            .xRandomness = vfs_random,
                            .xSleep = vfs_sleep,
                            .xCurrentTime = vfs_now};
  return sqlite3_vfs_register(&vfs, 1);
}
int sqlite3_os_end(void) { return SQLITE_OK; }
#endif

static const char script[] =
    "CREATE TABLE a(id INTEGER PRIMARY KEY, name TEXT, size REAL);"
    "CREATE INDEX by_name ON a(name);"
    "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 200)"
    " INSERT INTO a SELECT i, printf('%03d', i * 7 % 200), i / 3.0 FROM n;"
    "CREATE TABLE b AS SELECT id, upper(name) || '!' AS loud FROM a WHERE size > 5;"
    "UPDATE a SET size = size * 2 WHERE id IN (SELECT id FROM b WHERE loud LIKE '1%');"
    "CREATE TRIGGER gone AFTER DELETE ON a BEGIN DELETE FROM b WHERE id = old.id; END;"
    "BEGIN; DELETE FROM a WHERE id % 10 = 0; SAVEPOINT s; DELETE FROM a; ROLLBACK TO s; COMMIT;"
    "CREATE VIEW v AS SELECT a.name, b.loud, sum(a.size) OVER (ORDER BY a.name) AS total"
    " FROM a JOIN b USING (id);"
    "SELECT group_concat(name), count(DISTINCT loud), max(total) FROM v GROUP BY substr(name, 1, "
    "1);"
    "SELECT json_extract('{\"a\":[1,2,3]}', '$.a[1]'), date('2024-02-29', '+1 year');"
    "PRAGMA integrity_check; VACUUM; ANALYZE;";

static int count_row(void *user, int columns, char **values, char **names) {
  (void)columns, (void)values, (void)names;
  ++*(int *)user;
  return 0;
}

static void twice(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  sqlite3_result_int(context, 2 * sqlite3_value_int(values[0]));
}

static int bind_and_step(sqlite3 *db) {
  sqlite3_stmt *statement;
  sqlite3_create_function(db, "twice", 1, SQLITE_UTF8, NULL, twice, NULL, NULL);
  if (sqlite3_prepare_v2(db, "SELECT twice(?1), ?2", -1, &statement, NULL) != SQLITE_OK)
    return 0;
  sqlite3_bind_int(statement, 1, 21);
  sqlite3_bind_text(statement, 2, "text", -1, SQLITE_TRANSIENT);
  int good = sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_int(statement, 0) == 42;
  return sqlite3_finalize(statement) == SQLITE_OK && good;
}

int main(void) {
#ifdef NOMALLOC
  static char memory[1 << 22];
  sqlite3_config(SQLITE_CONFIG_HEAP, memory, sizeof memory, 64);
#endif
  sqlite3 *db;
  int rows = 0;
  char *error = NULL;
  if (sqlite3_open(":memory:", &db) != SQLITE_OK)
    return 1;
  int good = sqlite3_exec(db, script, count_row, &rows, &error) == SQLITE_OK && rows > 3;
  good = bind_and_step(db) && good;
  good = sqlite3_exec(db, "SELECT nothing", NULL, NULL, &error) == SQLITE_ERROR && good;
  sqlite3_free(error);
  return sqlite3_close(db) != SQLITE_OK || !good;
}
