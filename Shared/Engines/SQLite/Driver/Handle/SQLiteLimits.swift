import CSQLite

/// The sizes beyond which SQLite refuses what a statement asks for (https://sqlite.org/limits.html).
///
/// The library's own limits are those of a library: a gigabyte of text in one value, a megabyte of nested
/// expressions. A service that listens on a network needs smaller ones.
struct SQLiteLimits {
  /// Bytes of the longest text, blob or row.
  var valueBytes: Int32 = 16 << 20
  /// Bytes of the longest statement; a bulk insert of the most parameters fits several times.
  var statementBytes: Int32 = 1 << 20
  /// Columns of a result, a table or an index.
  var columns: Int32 = 256
  /// Nesting of expressions.
  var expressionDepth: Int32 = 200
  /// Terms joined by `UNION` and its like.
  var compoundTerms: Int32 = 50
  /// Bytes of a `LIKE` or `GLOB` pattern: long ones cost quadratic time.
  var patternBytes: Int32 = 1_000
  /// Triggers that start triggers.
  var triggerDepth: Int32 = 16
  /// Parameters of a statement; no less than the dialect's bind limit.
  var parameters: Int32 = 32_766
  /// Databases that may be attached beside the main one.
  var attached: Int32 = 0

  /// What a restricted account gets.
  static let restricted = SQLiteLimits()
  /// What the tool that owns the file gets: the same, but `VACUUM` attaches a database of its own.
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
