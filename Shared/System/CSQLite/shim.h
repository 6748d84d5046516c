// Parts of SQLite that Swift does not import: the destructor constants, which are casts, and the variadic functions.
#ifndef BULKHEAD_CSQLITE_H
#define BULKHEAD_CSQLITE_H

#include <sqlite3.h>

// SQLITE_TRANSIENT makes SQLite copy the bytes. The explicit length lets text contain zero bytes.
static inline int bulkhead_sqlite_bind_text(sqlite3_stmt *statement, int index, const char *bytes, sqlite3_uint64 count) {
  return sqlite3_bind_text64(statement, index, bytes, count, SQLITE_TRANSIENT, SQLITE_UTF8);
}

static inline int bulkhead_sqlite_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 count) {
  if (count == 0) return sqlite3_bind_zeroblob(statement, index, 0);
  return sqlite3_bind_blob64(statement, index, bytes, count, SQLITE_TRANSIENT);
}

// sqlite3_db_config is variadic. Every option used here takes an int and a pointer to an int.
static inline int bulkhead_sqlite_configure(sqlite3 *database, int option, int value) {
  return sqlite3_db_config(database, option, value, (int *)0);
}

#endif
