// libpq with constants for its diagnostic fields, which are macros that Swift does not import.
#ifndef BULKHEAD_CPOSTGRES_H
#define BULKHEAD_CPOSTGRES_H

#include <libpq-fe.h>

static const int BULKHEAD_PG_DIAG_SQLSTATE = PG_DIAG_SQLSTATE;
static const int BULKHEAD_PG_DIAG_MESSAGE = PG_DIAG_MESSAGE_PRIMARY;
static const int BULKHEAD_PG_DIAG_DETAIL = PG_DIAG_MESSAGE_DETAIL;
static const int BULKHEAD_PG_DIAG_TABLE = PG_DIAG_TABLE_NAME;
static const int BULKHEAD_PG_DIAG_COLUMN = PG_DIAG_COLUMN_NAME;
static const int BULKHEAD_PG_DIAG_CONSTRAINT = PG_DIAG_CONSTRAINT_NAME;
static const int BULKHEAD_PG_DIAG_SEVERITY = PG_DIAG_SEVERITY_NONLOCALIZED;
static const int BULKHEAD_PG_DIAG_FUNCTION = PG_DIAG_SOURCE_FUNCTION;

#endif
