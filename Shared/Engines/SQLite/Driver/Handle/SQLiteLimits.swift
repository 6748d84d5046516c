import CSQLite

/// The sizes beyond which SQLite rejects a statement (https://sqlite.org/limits.html).
///
/// SQLite's defaults suit a library: a gigabyte in one value, a megabyte of nested expressions. A service on a network
/// needs smaller limits.
struct SQLiteLimits {
  /// Bytes of the longest text, blob or row.
  var valueBytes: Int32 = 16 << 20
  /// Bytes of the longest statement: several times the size of a bulk insert with the most parameters.
  var statementBytes: Int32 = 1 << 20
  /// Columns of a result, a table or an index.
  var columns: Int32 = 256
  /// Nesting of expressions.
  var expressionDepth: Int32 = 200
  /// Terms joined by `UNION`, `INTERSECT` or `EXCEPT`.
  var compoundTerms: Int32 = 50
  /// Bytes of a `LIKE` or `GLOB` pattern: long ones cost quadratic time.
  var patternBytes: Int32 = 1_000
  /// Depth of triggers that fire triggers.
  var triggerDepth: Int32 = 16
  /// Parameters of a statement; no less than the dialect's bind limit.
  var parameters: Int32 = 32_766
  /// The most databases attached beside the main one.
  var attached: Int32 = 0

  /// The limits of a restricted account.
  static let restricted = SQLiteLimits()
  /// The limits of the tool that owns the file: the same, but `VACUUM` attaches a database.
  static let unrestricted = SQLiteLimits(attached: 1)

  func apply(to database: OpaquePointer) {
    let limits = [
      SQLITE_LIMIT_LENGTH: valueBytes, SQLITE_LIMIT_SQL_LENGTH: statementBytes, SQLITE_LIMIT_COLUMN: columns,
      SQLITE_LIMIT_EXPR_DEPTH: expressionDepth, SQLITE_LIMIT_COMPOUND_SELECT: compoundTerms,
      SQLITE_LIMIT_LIKE_PATTERN_LENGTH: patternBytes, SQLITE_LIMIT_TRIGGER_DEPTH: triggerDepth,
      SQLITE_LIMIT_VARIABLE_NUMBER: parameters, SQLITE_LIMIT_ATTACHED: attached,
      SQLITE_LIMIT_WORKER_THREADS: 0,
    ]
    for (limit, value) in limits { sqlite3_limit(database, limit, value) }
  }
}
