// libmariadb with constants that are macros of a form that Swift does not import.
#ifndef BULKHEAD_CMARIADB_H
#define BULKHEAD_CMARIADB_H

#include <mysql.h>

static const unsigned long BULKHEAD_CLIENT_FOUND_ROWS = CLIENT_FOUND_ROWS;
static const unsigned long BULKHEAD_CURSOR_READ_ONLY = CURSOR_TYPE_READ_ONLY;

#endif
