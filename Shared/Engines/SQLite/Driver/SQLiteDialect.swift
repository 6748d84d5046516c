import DataAccess

extension Dialect {
  /// SQLite 3.35 and newer.
  ///
  /// A timestamp is text in UTC, `2026-11-22 13:00:00.123456`. Its width is fixed, so text order is time order. Its
  /// form is that of SQLite's date functions, which PyDAL and other clients also read and write. The column's type name
  /// determines the affinity: `timestamp` and `date` get NUMERIC, which does not convert such text.
  package static let sqlite: Dialect = Dialect(
    DialectCapabilities(
      engineName: "SQLite",
      placeholders: .positional("?"), hasUnicodeEscapes: false,
      insertedValues: .returning,
      upsert: .onConflict,
      returnsChangedRows: true,
      filtersAggregates: true,
      dayInUTC: SurroundingText(before: "date(", after: ")"),
      supportsRowLocks: false,
      // One transaction writes at a time, and an identity is assigned inside it: rows commit in the order of their ids.
      openWriters: .none,
      // The library has no other clock than this machine's.
      serverMicroseconds: "SELECT CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000",
      hasTransactionalDDL: true,
      typeChecks: .booleansAndLengths,
      dropsIndexFromTable: false,
      tableExists: "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?",
      columnExists: "SELECT 1 FROM pragma_table_info(?) WHERE name = ?",
      undefinedColumnCode: "1",
      addsColumnIfMissing: false,
      bindLimit: 32_766,
      trueLiteral: "1",
      falseLiteral: "0",
      transactions: TransactionStatements(
        beginReadWrite: "BEGIN IMMEDIATE", beginConsistentRead: "BEGIN"),
      sessionLock: .writing,
      definitions: .sqlite,
      // The authorizer refuses every EXPLAIN: a plan can print the names that scope an account's rows.
      genericPlan: .none(because: "SQLite's accounts may not explain statements"),
      types: TypeNames(
        bigint: "bigint", integer: "integer", boolean: "boolean", varchar: "varchar", char: "char",
        text: "text",
        json: "text", timestamp: "timestamp", date: "date", identity: "INTEGER PRIMARY KEY AUTOINCREMENT",
        currentTimestamp: "(strftime('%Y-%m-%d %H:%M:%f', 'now') || '000')")))
}
